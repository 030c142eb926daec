/** The page by keyboard: "/" to the box, j and k or the arrows through the results, Escape back and then empty. */

const STEPS = /** @type {Record<string, number>} */ ({ j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 });

/** @param {number} step @returns {boolean} whether there was a result to go to */
function walk(step) {
  const titles = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('.hit h2 a')]);
  const hit = document.activeElement?.closest('.hit');
  const at = titles.findIndex((title) => hit?.contains(title));
  const next = at < 0 && step < 0 ? undefined : titles[at + step];
  next?.focus();
  next?.closest('.hit')?.scrollIntoView({ block: 'nearest' });
  return next !== undefined;
}

/** @param {HTMLInputElement} box @param {() => void} clear */
export function listenToKeys(box, clear) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = /** @type {HTMLElement} */ (event.target);
    const inBox = target === box;
    const arrow = event.key.startsWith('Arrow');
    const writes = target.matches('input:not([type="radio"], [type="checkbox"]), select, textarea');
    const step = STEPS[event.key];
    let handled = true;
    if (event.key === 'Escape' && inBox) clear();
    else if (event.key === 'Escape' || (event.key === '/' && !writes)) box.select();
    else if (inBox && event.key === 'ArrowDown') handled = walk(1);
    else if (step !== undefined && !writes && !(arrow && target.matches('input'))) {
      handled = walk(step);
      if (!handled && step < 0 && target.closest('.hit')) {
        box.focus();
        handled = true;
      }
    } else handled = false;
    if (handled) event.preventDefault();
  });
}
