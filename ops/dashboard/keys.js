/** The page by keyboard: what each key does, and how to switch them off for who dictates or types past them. */
import { byId, element } from '../elements.js';

/** @typedef {{ key: string, meaning: string, run: () => void }} Shortcut */

/** What is written there is no key of ours. */
const TYPED_INTO = 'input:not([type="radio"], [type="checkbox"]), select, textarea';
const REMEMBERED = 'dashboard-keys';

/** Storage may be refused: then the keys are on. */
function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== 'off';
  } catch {
    return true;
  }
}

/** @param {boolean} isOn */
function remember(isOn) {
  try {
    localStorage.setItem(REMEMBERED, isOn ? 'on' : 'off');
  } catch {
    // For as long as the page is open, then.
  }
}

/** @param {readonly Shortcut[]} shortcuts */
export function listenToKeys(shortcuts) {
  /** @type {HTMLDialogElement} */
  const dialog = byId('help');
  /** @type {HTMLInputElement} */
  const toggle = byId('keys-on');
  toggle.checked = remembered();
  toggle.addEventListener('change', () => remember(toggle.checked));
  const help = { key: '?', meaning: 'These keys', run: () => dialog.showModal() };
  const all = [...shortcuts, help];
  byId('help-keys').replaceChildren(
    ...all.flatMap(({ key, meaning }) => [element('dt', {}, element('kbd', {}, key)), element('dd', {}, meaning)]),
  );
  byId('help-open').addEventListener('click', help.run);
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || dialog.open || !toggle.checked) return;
    if (event.target instanceof Element && event.target.matches(TYPED_INTO)) return;
    const shortcut = all.find(({ key }) => key === event.key);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}
