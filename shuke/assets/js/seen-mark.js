/** Tells the server that this record was opened, once the page is there: reading a page itself writes nothing. */
class SeenMark extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  }
}
customElements.define("seen-mark", SeenMark);
