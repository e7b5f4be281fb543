import { writing } from "./keys.js";

/** The one box: `/` goes there, arrows walk the links found, Enter opens, Esc leaves. The results are plain links. */
class SearchBox extends HTMLElement {
  connectedCallback() {
    this.input = this.querySelector("input");
    this.addEventListener("keydown", this);
    document.addEventListener("keydown", this.slash = (event) => {
      if (event.key !== "/" || writing(event)) return;
      event.preventDefault();
      this.input.focus();
      this.input.select();
    });
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.slash);
  }

  handleEvent(event) {
    if (event.isComposing) return;
    const hits = [...this.querySelectorAll(".hits li > a:first-child, .hits .all")];
    const at = hits.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) {
      event.preventDefault();
      (hits[at + step] ?? (step > 0 ? hits[0] : this.input)).focus();
    } else if (event.key === "Escape") {
      (at < 0 ? document.activeElement : this.input)[at < 0 ? "blur" : "focus"]();
    } else if (event.key === "Enter" && at < 0 && hits.length && this.querySelector(".hits").dataset.q === this.input.value.trim()) {
      event.preventDefault();
      hits[0].click();
    }
  }
}
customElements.define("search-box", SearchBox);
