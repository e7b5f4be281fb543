/** Light, dark or as the device says: set at once, kept in a cookie that the server reads for the next page. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose(event.submitter.value);
    });
  }

  choose(theme) {
    document.cookie = `theme=${theme}; path=/; max-age=31536000; SameSite=Lax`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const button of document.querySelectorAll("theme-switch button")) button.ariaPressed = String(button.value === theme);
  }
}
customElements.define("theme-switch", ThemeSwitch);
