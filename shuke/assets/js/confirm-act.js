/** Asks before the form inside is sent. Without script the act goes through, and can be undone. */
class ConfirmAct extends HTMLElement {
  connectedCallback() {
    this.addEventListener("submit", (event) => this.asked || this.ask(event), true);
  }

  ask(event) {
    event.preventDefault();
    event.stopPropagation();
    const dialog = document.getElementById("confirm");
    dialog.querySelector("h2").textContent = this.dataset.text;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      this.asked = true;
      event.target.requestSubmit(event.submitter);
      this.asked = false;
    };
    dialog.showModal();
  }
}
customElements.define("confirm-act", ConfirmAct);
