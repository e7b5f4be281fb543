/** Ctrl-K: every act of the page (`[data-act]`) and every place of the rail, found by typing. */
class CommandPalette extends HTMLElement {
  connectedCallback() {
    this.dialog = this.querySelector("dialog");
    this.input = this.querySelector("input");
    this.list = this.querySelector("ul");
    document.addEventListener("keydown", this.open = (event) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.show();
    });
    this.input.addEventListener("input", () => this.filter());
    this.input.addEventListener("keydown", (event) => this.walk(event));
    this.list.addEventListener("click", (event) => this.run(event.target.closest("li")));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this.open);
  }

  show() {
    const acts = ["main [data-act]", ".bar [data-act]", ".rail li a"].flatMap((where) => [...document.querySelectorAll(where)]);
    const name = (act) => act.ariaLabel ?? (act.querySelector("span") ?? act).textContent.trim();
    this.choices = new Map(acts.map((act) => [name(act), act]));
    this.input.value = "";
    this.filter();
    this.dialog.showModal();
  }

  filter() {
    const words = this.input.value.trim().toLowerCase();
    const at = (name) => name.toLowerCase().indexOf(words);
    const names = [...this.choices.keys()].filter((name) => at(name) >= 0).sort((one, other) => at(one) - at(other)).slice(0, 12);
    this.list.replaceChildren(...names.map((name, at) => {
      const item = document.createElement("li");
      Object.assign(item, { role: "option", id: `act-${at}`, textContent: name, ariaSelected: String(at === 0) });
      return item;
    }));
    this.mark(0);
  }

  mark(at) {
    const items = [...this.list.children];
    items.forEach((item, place) => (item.ariaSelected = String(place === at)));
    items[at]?.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", items[at]?.id ?? "");
  }

  walk(event) {
    const items = [...this.list.children];
    const at = items.findIndex((item) => item.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && items.length) this.mark((at + step + items.length) % items.length);
    else if (event.key === "Enter" && !event.isComposing) this.run(items[at]);
    else return;
    event.preventDefault();
  }

  run(item) {
    if (!item) return;
    this.dialog.close();
    this.choices.get(item.textContent).click();
  }
}
customElements.define("command-palette", CommandPalette);
