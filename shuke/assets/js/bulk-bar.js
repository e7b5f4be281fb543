/** Puts a tick before every row, also before rows that arrive later, and shows what can be done with those ticked. */
class BulkBar extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector(".bulk");
    this.dress();
    this.watch = new MutationObserver(() => this.dress());
    this.watch.observe(this.querySelector("tbody"), { childList: true });
    this.addEventListener("change", (event) => {
      if (event.target.closest("thead")) this.ticks("tbody").forEach((tick) => (tick.checked = event.target.checked));
      this.count();
    });
    this.form.addEventListener("reset", () => setTimeout(() => this.count()));
  }

  disconnectedCallback() {
    this.watch.disconnect();
  }

  ticks(where) {
    return [...this.querySelectorAll(`${where} .x input`)];
  }

  dress() {
    for (const row of this.querySelectorAll("tr:not(.more)")) {
      if (row.querySelector(".x")) continue;
      const link = row.querySelector(".m a");
      const cell = row.insertBefore(document.createElement(link ? "td" : "th"), row.firstChild);
      cell.className = "x";
      const tick = cell.appendChild(document.createElement("input"));
      Object.assign(tick, { type: "checkbox", ariaLabel: link?.textContent ?? this.form.querySelector("output").dataset.all });
      // the id by attribute: a field named "id" hides the property
      tick.setAttribute("form", this.form.getAttribute("id"));
      if (link) Object.assign(tick, { name: "id", value: link.pathname.match(/(\d+)\/?$/)?.[1] ?? "" });
    }
  }

  count() {
    const ticked = this.ticks("tbody").filter((tick) => tick.checked).length;
    const output = this.form.querySelector("output");
    output.value = output.dataset.text.replace("{n}", ticked);
    this.form.hidden = !ticked;
    this.ticks("thead")[0].checked = ticked === this.ticks("tbody").length;
  }
}
customElements.define("bulk-bar", BulkBar);
