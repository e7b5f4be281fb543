/** What was typed and not saved: kept in this browser by person and address, for three days, until the server has saved it. */
const AGE = 3 * 86400e3;
const SENT = "sent-draft";
const user = document.querySelector("[data-user]")?.dataset.user;

export const place = () => `draft:${user}:${location.pathname}${location.search}`;
export const read = (place) => JSON.parse(localStorage.getItem(place));
export const keep = (place, draft) => localStorage.setItem(place, JSON.stringify({ ...draft, at: Date.now() }));
export const drop = (place) => localStorage.removeItem(place);
export const sent = (place) => sessionStorage.setItem(SENT, JSON.stringify([place, location.href.split("#")[0]]));

function forget(isOver) {
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:") && isOver(key)) drop(key);
}

/** A save is answered by a redirect. A refused one is a page without, and a lost connection is followed by no page of that form at all. */
function settle() {
  const [place, from] = JSON.parse(sessionStorage.getItem(SENT) ?? "[]");
  sessionStorage.removeItem(SENT);
  const [arrival] = performance.getEntriesByType("navigation");
  if (user && place && document.referrer === from && arrival.redirectCount) drop(place);
}

settle();
forget((key) => Date.now() - read(key).at > AGE || (user && !key.startsWith(`draft:${user}:`)));
// A session that ran out leads to the sign-in page with the way back: there the text waits for its writer, and goes when another signs in.
if (document.querySelector("[data-forget]")) forget(() => true);
document.addEventListener("submit", (event) => event.target.matches("[data-sign-out]") && forget(() => true));
