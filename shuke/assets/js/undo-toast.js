const STAY = 8000;

/** Shows what happened, with a way back, for eight seconds; waits while the pointer or the focus rests on it. */
class UndoToast extends HTMLElement {
  connectedCallback() {
    this.watch = new MutationObserver(() => this.wind());
    this.watch.observe(this, { childList: true });
    this.wind();
    document.body.addEventListener("htmx:responseError", this.failed = () => this.say(this.dataset.failed));
    document.body.addEventListener("htmx:sendError", this.lost = () => this.say(this.dataset.offline));
  }

  disconnectedCallback() {
    this.watch.disconnect();
    document.body.removeEventListener("htmx:responseError", this.failed);
    document.body.removeEventListener("htmx:sendError", this.lost);
  }

  say(text) {
    const toast = document.createElement("div");
    Object.assign(toast, { className: "error", textContent: text });
    toast.dataset.toast = "";
    this.append(toast);
  }

  wind() {
    for (const toast of this.querySelectorAll("[data-toast]:not([data-wound])")) {
      toast.dataset.wound = "";
      let timer;
      const start = () => (timer = setTimeout(() => this.leave(toast), STAY));
      for (const type of ["pointerenter", "focusin"]) toast.addEventListener(type, () => clearTimeout(timer));
      for (const type of ["pointerleave", "focusout"]) toast.addEventListener(type, start);
      start();
    }
  }

  leave(toast) {
    toast.dataset.leaving = "";
    setTimeout(() => toast.remove(), 200);
  }
}
customElements.define("undo-toast", UndoToast);
