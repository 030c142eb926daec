/** Tells the server which results are opened, where an answer is part of a trial: loaded only then. */
import { byId } from './elements.js';

/** Of the answer that is shown; null where nobody wants to know. @type {string | null} */
let requestId = null;

/** @param {string | null} shown */
export function tellClicksOf(shown) {
  requestId = shown;
}

/** @param {MouseEvent} event */
function tell({ target, button }) {
  const hit = target instanceof Element && button < 2 ? target.closest('h2 a[href]')?.closest('.hit') : null;
  const why = hit?.querySelector('details');
  if (requestId === null || !why) return;
  const click = new Blob([JSON.stringify({ requestId, id: why.dataset.id })], { type: 'application/json' });
  // Leaves with the visitor, where a request would be cut off.
  navigator.sendBeacon('feedback', click);
}

for (const kind of /** @type {const} */ (['click', 'auxclick'])) byId('results').addEventListener(kind, tell);
