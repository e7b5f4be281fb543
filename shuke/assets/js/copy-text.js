/** One tap copies `data-text`. Plain http has no clipboard: there the old way is tried, and at last the text beside it is selected. */
class CopyText extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => this.copy());
  }

  async copy() {
    if (navigator.clipboard) await navigator.clipboard.writeText(this.dataset.text);
    else if (!this.byHand()) return getSelection().selectAllChildren(this.previousElementSibling ?? this);
    this.show("i-copy", "i-check");
    setTimeout(() => this.show("i-check", "i-copy"), 1600);
  }

  byHand() {
    const text = this.appendChild(document.createElement("textarea"));
    text.value = this.dataset.text;
    text.select();
    const copied = document.execCommand("copy");
    text.remove();
    return copied;
  }

  show(old, now) {
    this.toggleAttribute("data-done", now === "i-check");
    this.querySelector(".i").classList.replace(old, now);
  }
}
customElements.define("copy-text", CopyText);
