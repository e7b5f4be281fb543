/** Province, city, district: choosing one asks the server for the next (?code= answers <option>s). */
class RegionPick extends HTMLElement {
  connectedCallback() {
    this.levels = [...this.querySelectorAll("select")];
    this.addEventListener("change", (event) => {
      const at = this.levels.indexOf(event.target);
      if (at >= 0) this.fill(at + 1, event.target.value);
    });
  }

  async fill(at, code) {
    for (const level of this.levels.slice(at)) level.length = 1;
    if (!this.levels[at] || !code) return;
    const answer = await fetch(`${this.dataset.url}?${new URLSearchParams({ code })}`, { headers: { "HX-Request": "true" } });
    if (answer.ok) this.levels[at].insertAdjacentHTML("beforeend", await answer.text());
  }
}
customElements.define("region-pick", RegionPick);
