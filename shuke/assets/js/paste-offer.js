const KEPT = "pasted";
const PHONE = /1[3-9]\d(?:[ -]?\d){8}/;

/** A text pasted into the search box, of several lines or with a phone in it, is offered to be read: the search keeps one line. */
class PasteOffer extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.box = this.previousElementSibling;
    this.box.addEventListener("paste", this.look = (event) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      this.text = text;
      this.hidden = !(text.trim().includes("\n") || (PHONE.test(text) && text.trim().length > 16));
    });
    this.button.addEventListener("click", () => {
      sessionStorage.setItem(KEPT, this.text);
      location.assign("/paste/");
    });
  }

  disconnectedCallback() {
    this.box.removeEventListener("paste", this.look);
  }
}
customElements.define("paste-offer", PasteOffer);

/** The box of the page 粘贴 takes over what was offered, once, and sends it. */
class PasteBox extends HTMLElement {
  connectedCallback() {
    const text = sessionStorage.getItem(KEPT);
    sessionStorage.removeItem(KEPT);
    if (!text) return;
    this.querySelector("textarea").value = text;
    this.querySelector("form").requestSubmit();
  }
}
customElements.define("paste-box", PasteBox);
