import { wide, writing } from "./keys.js";

/** Opens the record of a clicked row beside the list; Esc closes and the list stands where it stood. The link still opens the page. */
class SidePanel extends HTMLElement {
  connectedCallback() {
    this.list = this.parentElement.querySelector(".list");
    this.list?.addEventListener("click", (event) => this.clicked(event));
    this.list?.addEventListener("row-walked", (event) => this.hidden || this.show(event.target));
    this.addEventListener("click", (event) => event.target.closest("[data-shut]") && this.shut());
    document.addEventListener("keydown", this.escape = (event) => {
      if (event.key === "Escape" && !writing(event) && !this.hidden) this.shut();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.escape);
  }

  clicked(event) {
    const link = event.target.closest("tr")?.querySelector(".m a");
    const other = event.target.closest("a, button, input, label");
    const plain = event.detail > 0 && event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey);
    if (!link || !plain || !wide() || (other && other !== link) || String(getSelection())) return;
    event.preventDefault();
    this.show(link);
  }

  async show(link) {
    this.hidden = false;
    this.select(link.closest("tr"));
    await htmx.ajax("GET", link.href, { source: this, target: this, swap: "innerHTML scroll:top" });
  }

  select(row) {
    for (const old of this.list.querySelectorAll("[aria-selected]")) old.removeAttribute("aria-selected");
    row?.setAttribute("aria-selected", "true");
  }

  shut() {
    const link = this.list.querySelector("[aria-selected] .m a");
    this.hidden = true;
    this.replaceChildren();
    this.select(null);
    link?.focus({ preventScroll: true });
  }
}
customElements.define("side-panel", SidePanel);
