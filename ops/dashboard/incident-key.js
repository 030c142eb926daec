/** The field for a key, where the server asks for one: what is given there goes to the client and is shown no more. */
import { byId } from '../elements.js';

/** @typedef {import('./admin-client.js').AdminClient} AdminClient */

export class KeyForm {
  #client;
  #onChange;

  /** @param {AdminClient} client @param {(sentence: string) => void} onChange */
  constructor(client, onChange) {
    this.#client = client;
    this.#onChange = onChange;
    byId('incident-key').addEventListener('submit', (event) => this.#given(event));
    byId('incident-key-forget').addEventListener('click', () => this.#use(null));
  }

  ask() {
    byId('incident-key').hidden = false;
  }

  /** To be called when what was asked is answered: without a key none is needed. */
  answered() {
    if (!this.#client.hasKey) byId('incident-key').hidden = true;
  }

  /** @param {Event} event */
  #given(event) {
    event.preventDefault();
    /** @type {HTMLInputElement} */
    const field = byId('incident-key-text');
    const key = field.value.trim();
    // What is on a screen can be read by others, and what is in a field be kept by a browser.
    field.value = '';
    if (key !== '') this.#use(key);
  }

  /** @param {string | null} key */
  #use(key) {
    this.#client.use(key);
    byId('incident-key-forget').hidden = key === null;
    this.#onChange(key === null ? 'The key is forgotten' : 'The key is used until this page is left');
  }
}
