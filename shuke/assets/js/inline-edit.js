/** A fact: clicking its value is clicking its pen. While it is edited: focus inside, Esc cancels, Enter is the form's own. */
class InlineEdit extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (form) this.editing(form);
    else this.showing(this.closest(".fact"), this.querySelector("a"));
  }

  showing(fact, pen) {
    fact.addEventListener("click", (event) => {
      if (event.target.closest("a, button, summary") || String(getSelection())) return;
      pen.click();
    });
  }

  editing(form) {
    const field = form.querySelector(".field :is(input:not([type=hidden]), select, textarea)");
    field?.focus();
    field?.select?.();
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing) return;
      event.stopPropagation();
      form.querySelector("a.quiet").click();
    });
  }
}
customElements.define("inline-edit", InlineEdit);
