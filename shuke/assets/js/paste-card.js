/** Lights up the pieces of the text that a proposal comes from while one points at it or types in it. */
class PasteCard extends HTMLElement {
  connectedCallback() {
    for (const name of ["pointerover", "focusin"]) this.addEventListener(name, (event) => this.light(event.target));
  }

  light(target) {
    const spans = (target.closest("[data-spans]")?.dataset.spans ?? "").split(" ").filter(Boolean).map((span) => span.split("-"));
    for (const piece of this.querySelectorAll("[data-at]")) {
      const at = Number(piece.dataset.at);
      piece.classList.toggle("lit", spans.some(([start, end]) => start <= at && at < end));
    }
  }
}
customElements.define("paste-card", PasteCard);
