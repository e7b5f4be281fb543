/** Ctrl-Enter saves; leaving with unsaved text asks; what was typed comes back after a crash or a lost connection. */
class FormGuard extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.place = `form:${location.pathname}`;
    if (this.querySelector("[data-summary]")) this.querySelector("[data-summary]").focus();
    else this.restore();
    this.form.addEventListener("input", () => this.keep());
    this.form.addEventListener("submit", (event) => this.sent(event));
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    addEventListener("beforeunload", this.ask = (event) => this.dirty && event.preventDefault());
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.ask);
  }

  typed() {
    const own = /^(csrfmiddlewaretoken|_key|version)$/;
    return [...new FormData(this.form)].filter(([name, value]) => typeof value === "string" && !own.test(name));
  }

  keep() {
    this.dirty = true;
    sessionStorage.setItem(this.place, JSON.stringify(this.typed()));
  }

  sent(event) {
    if (!navigator.onLine) {
      event.preventDefault();
      return document.querySelector("undo-toast")?.say(document.querySelector("undo-toast").dataset.offline);
    }
    this.dirty = false;
    sessionStorage.removeItem(this.place);
  }

  restore() {
    const kept = JSON.parse(sessionStorage.getItem(this.place) ?? "[]");
    for (const box of kept.length ? this.form.querySelectorAll(":checked:is([type=checkbox], [type=radio])") : []) box.checked = false;
    for (const [name, value] of kept) {
      for (const field of this.form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
        if (/^(checkbox|radio)$/.test(field.type)) field.checked ||= field.value === value;
        else field.value = value;
      }
    }
    this.dirty = kept.length > 0;
  }
}
customElements.define("form-guard", FormGuard);
