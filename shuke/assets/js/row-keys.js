import { writing } from "./keys.js";

/** J and K walk the rows of a list, Enter opens one (it is a link), E edits, N makes a new one. */
class RowKeys extends HTMLElement {
  connectedCallback() {
    document.addEventListener("keydown", this);
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this);
  }

  handleEvent(event) {
    if (writing(event) || document.querySelector("dialog[open]")) return;
    const links = [...this.querySelectorAll(".m a")];
    const at = links.findIndex((link) => link === document.activeElement || link.closest("[aria-selected]"));
    const step = { j: 1, k: -1 }[event.key];
    if (step) this.walk(links[Math.max(0, Math.min(links.length - 1, at + step))]);
    else if (event.key === "e" && at >= 0) location.assign(`${links[at].pathname}edit/`);
  }

  walk(link) {
    link?.focus();
    link?.scrollIntoView({ block: "nearest" });
    link?.dispatchEvent(new CustomEvent("row-walked", { bubbles: true }));
  }
}
customElements.define("row-keys", RowKeys);

document.addEventListener("keydown", (event) => {
  if (writing(event) || !/^[en]$/.test(event.key)) return;
  document.querySelector(`main [data-key="${event.key}"]`)?.click();
});
