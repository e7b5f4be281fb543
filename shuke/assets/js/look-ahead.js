/** Picks a record by typing: the server answers ?q= with options; a text that was not picked leaves the id empty. */
class LookAhead extends HTMLElement {
  connectedCallback() {
    [this.key, this.input] = this.querySelectorAll("input");
    this.list = this.querySelector("[role=listbox]");
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("focus", () => this.input.value || this.ask());
    this.input.addEventListener("keydown", (event) => this.walk(event));
    this.input.addEventListener("blur", () => this.shut());
    // pointerdown, because blur would close the list before a click arrives
    this.list.addEventListener("pointerdown", (event) => { event.preventDefault(); this.pick(event.target.closest("[data-value]")); });
  }

  typed() {
    this.key.value = "";
    this.mark(-1);
    this.call?.abort();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), 150);
  }

  async ask() {
    this.call?.abort();
    this.call = new AbortController();
    const url = `${this.dataset.url}?${new URLSearchParams({ q: this.input.value })}`;
    try {
      const answer = await fetch(url, { signal: this.call.signal, headers: { "HX-Request": "true" } });
      if (answer.ok && document.activeElement === this.input) this.fill(await answer.text());
    } catch (error) {
      if (error.name !== "AbortError") this.shut();
    }
  }

  fill(html) {
    this.list.innerHTML = html;
    this.options().forEach((option, at) => (option.id = `${this.list.id}-${at}`));
    this.input.ariaExpanded = "true";
    this.mark(0);
  }

  options() {
    return [...this.list.querySelectorAll("[data-value]")];
  }

  mark(at) {
    this.options().forEach((option, place) => (option.ariaSelected = String(place === at)));
    this.options()[at]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", this.options()[at]?.id ?? "");
  }

  walk(event) {
    const options = this.options();
    const at = options.findIndex((option) => option.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.isComposing || !options.length) return;
    if (step) this.mark((at + step + options.length) % options.length);
    else if (event.key === "Enter") this.pick(options[at]);
    else if (event.key === "Escape") this.shut();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  pick(option) {
    if (!option) return;
    this.key.value = option.dataset.value;
    this.input.value = option.dataset.label;
    this.key.dispatchEvent(new Event("change", { bubbles: true }));
    this.shut();
  }

  shut() {
    this.list.replaceChildren();
    this.input.ariaExpanded = "false";
    this.input.removeAttribute("aria-activedescendant");
  }
}
customElements.define("look-ahead", LookAhead);
