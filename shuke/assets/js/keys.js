/** True while the person is writing, so that a letter stays a letter. */
export const writing = (event) =>
  event.target.closest?.("input, textarea, select, [contenteditable]") || event.ctrlKey || event.metaKey || event.altKey || event.isComposing;

/** True where a panel fits beside the list. */
export const wide = () => matchMedia("(width >= 60rem)").matches;
