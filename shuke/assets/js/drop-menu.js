/** A menu of <details>: shuts on a click elsewhere, on Esc and when another one opens. */
class DropMenu extends HTMLElement {
  connectedCallback() {
    this.details = this.querySelector("details");
    document.addEventListener("click", this.outside = (event) => {
      if (!this.querySelector(".menu").contains(event.target) && !event.target.closest("summary")) this.details.open = false;
    });
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.details.open) return;
      event.stopPropagation();
      this.details.open = false;
      this.querySelector("summary").focus();
    });
    this.details.addEventListener("toggle", () => {
      if (!this.details.open) return;
      for (const other of document.querySelectorAll("drop-menu details[open]")) if (other !== this.details) other.open = false;
    });
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.outside);
  }
}
customElements.define("drop-menu", DropMenu);
