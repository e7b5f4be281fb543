import * as drafts from "./drafts.js";

const NOT_TYPED = /^(hidden|file|password|submit|button|fieldset)$/;
const TEXT = ".field :is(input:not([type=hidden], [type=checkbox], [type=radio], [type=date], [type=file]), textarea)";

/** Ctrl-Enter saves; leaving with unsaved text asks; what was typed comes back until it is saved; the first field is ready to write. */
class FormGuard extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.place = drafts.place();
    this.form.addEventListener("submit", (event) => this.sent(event));
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
    });
    addEventListener("beforeunload", this.ask = (event) => this.dirty && event.preventDefault());
    if (!this.hasAttribute("data-choice")) this.guard();
  }

  disconnectedCallback() {
    removeEventListener("beforeunload", this.ask);
  }

  guard() {
    // The fields as the server sent them: the browser itself may have filled in what stood there before.
    const form = this.form.cloneNode(true);
    form.reset();
    this.fresh = this.typed(form);
    this.key = form.elements._key.value;
    for (const type of ["input", "change"]) this.form.addEventListener(type, () => this.keep());
    const draft = drafts.read(this.place);
    const wrong = this.querySelector("[data-summary]");
    // A refused form holds what was typed before as its own: that stays in the draft.
    this.before = wrong && draft ? draft.fields : {};
    if (wrong) (this.querySelector(".field.bad :is(input:not([type=hidden]), select, textarea)") ?? wrong).focus();
    else if (draft) this.restore(draft);
    // The way back after a save: what the browser fills in again, before it shows the page, is saved already.
    else if (performance.getEntriesByType("navigation")[0].type === "back_forward") addEventListener("pageshow", () => this.form.reset());
    else if (document.activeElement === document.body) [...this.querySelectorAll(TEXT)].find((field) => !field.closest("look-ahead"))?.focus();
  }

  typed(form) {
    const fields = {};
    for (const field of form.elements) {
      if (!field.name || NOT_TYPED.test(field.type)) continue;
      const said = fields[field.name] ??= [];
      if (field.selectedOptions) said.push(...[...field.selectedOptions].map((option) => option.value));
      else if (field.checked || !/^(checkbox|radio)$/.test(field.type)) said.push(field.value);
    }
    return fields;
  }

  /** Only what was touched, with the version it was read at: the rest is not this person's to bring back. */
  keep() {
    const touched = Object.entries(this.typed(this.form)).filter(
      ([name, said]) => name in this.before || JSON.stringify(said) !== JSON.stringify(this.fresh[name]),
    );
    this.dirty = touched.length > 0;
    this.form.elements._key.value = this.key;
    this.draft = { fields: Object.fromEntries(touched), version: this.form.elements.version?.value };
    if (this.dirty) drafts.keep(this.place, this.draft);
    else drafts.drop(this.place);
  }

  sent(event) {
    if (!navigator.onLine) {
      event.preventDefault();
      return document.querySelector("undo-toast")?.say(document.querySelector("undo-toast").dataset.offline);
    }
    // When its answer is lost, the same text sent again under the same key is saved once.
    if (this.dirty) drafts.keep(this.place, { ...this.draft, key: this.form.elements._key.value });
    this.dirty = false;
    drafts.sent(this.place);
  }

  restore(draft) {
    const { fields, version, key } = this.draft = draft;
    // A record that was picked is looked up anew by its name, which is another request than the first.
    const picked = [...this.querySelectorAll("look-ahead [name]")].some((field) => field.name in fields);
    if (key && !picked) this.form.elements._key.value = key;
    for (const field of this.form.elements) {
      const said = fields[field.name];
      if (!said || NOT_TYPED.test(field.type)) continue;
      if (field.options) for (const option of field.options) option.selected = said.includes(option.value);
      else if (/^(checkbox|radio)$/.test(field.type)) field.checked = said.includes(field.value);
      else [field.value] = said;
      // A picked record comes back by its name, which the server looks up again.
      if (field.closest("look-ahead")) field.closest("look-ahead").querySelector("[type=hidden]").value = "";
      field.closest("details")?.setAttribute("open", "");
    }
    const now = this.form.elements.version;
    if (now) now.value = Math.min(version, now.value);
    this.dirty = true;
    const note = this.querySelector("[data-kept]");
    note.hidden = false;
    note.querySelector("button").addEventListener("click", () => this.clear());
  }

  clear() {
    this.dirty = false;
    drafts.drop(this.place);
    location.replace(location.pathname + location.search);
  }
}
customElements.define("form-guard", FormGuard);
