/** A file dropped anywhere on the field is put into its file input. */
class DropFile extends HTMLElement {
  connectedCallback() {
    for (const type of ["dragenter", "dragover", "dragleave", "drop"]) this.addEventListener(type, this);
  }

  handleEvent(event) {
    event.preventDefault();
    this.toggleAttribute("data-over", /dragenter|dragover/.test(event.type));
    if (event.type === "drop" && event.dataTransfer.files.length) this.querySelector("input").files = event.dataTransfer.files;
  }
}
customElements.define("drop-file", DropFile);
