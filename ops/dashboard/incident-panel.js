/** One incident, opened: what is known, and what was done. Asked for again every few seconds while it is looked at. */
import { byId, element } from '../elements.js';
import { AdminClient, Refused } from './admin-client.js';
import { words } from './figures.js';
import { incidentActions } from './incident-actions.js';
import { IncidentDesk, wordsOf } from './incident-desk.js';
import { incidentFacts } from './incident-facts.js';
import { KeyForm } from './incident-key.js';
import { incidentTimeline } from './incident-timeline.js';
import { renew } from './renew.js';

/** @typedef {import('./incident-facts.js').IncidentTold} IncidentTold */
/** @typedef {import('./incident-timeline.js').Entry} Entry */
/** @typedef {import('./incident-actions.js').Procedure} Procedure */
/** @typedef {import('./incident-actions.js').Execution} Execution */
/** @typedef {{ incident: IncidentTold, timeline: readonly Entry[], procedures: readonly Procedure[], executions: readonly Execution[] }} Found */

const RENEW_MS = 2000;

export class IncidentPanel {
  #client = new AdminClient();
  #keyForm = new KeyForm(this.#client, (sentence) => {
    this.#say(sentence);
    void this.#renew();
  });
  #place = byId('incident');
  /** @type {string | null} */
  #id = null;
  /** @type {Found | null} */
  #found = null;
  #desk = new IncidentDesk(this.#place, {
    known: () => (this.#id === null || this.#found === null ? null : { id: this.#id, ...this.#found }),
    post: (act, body, patienceMs) => this.#post(act, body, patienceMs),
    done: (action) => {
      if (this.#found !== null) this.#found = { ...this.#found, executions: [action, ...this.#found.executions] };
    },
    show: () => this.#show(),
    say: (sentence) => this.#say(sentence),
    fail: (error) => this.#fail(error),
    renew: () => void this.#renew(),
  });
  #isAsking = false;
  /** Who opened it gets the focus back. @type {HTMLElement | null} */
  #opener = null;

  #nowMs;

  /** @param {() => number} nowMs by the clock of the server */
  constructor(nowMs) {
    this.#nowMs = nowMs;
    byId('incidents').addEventListener('click', (event) => this.#opened(event));
    this.#place.addEventListener('click', (event) => this.#clicked(event));
    byId('incident-resolve').addEventListener('submit', (event) => this.#resolve(event));
    setInterval(() => !document.hidden && void this.#renew(), RENEW_MS);
    // Who comes back to it must not act on what was so when he left.
    document.addEventListener('visibilitychange', () => !document.hidden && void this.#renew());
    const asked = new URLSearchParams(location.search).get('incident');
    if (asked) this.open(asked);
  }

  /** @param {string} id @param {HTMLElement | null} [opener] */
  open(id, opener = null) {
    if (id !== this.#id) {
      this.#found = null;
      this.#desk.clear();
    }
    this.#id = id;
    this.#opener = opener;
    this.#address(id);
    this.#place.hidden = false;
    this.#show();
    this.#say('');
    this.#place.focus();
    void this.#renew();
  }

  #close() {
    this.#id = null;
    this.#place.hidden = true;
    this.#address(null);
    (this.#opener?.isConnected ? this.#opener : byId('top')).focus();
  }

  /** @param {string | null} id */
  #address(id) {
    const query = new URLSearchParams(location.search);
    if (id === null) query.delete('incident');
    else query.set('incident', id);
    history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`);
  }

  get #path() {
    return `admin/incidents/${encodeURIComponent(this.#id ?? '')}`;
  }

  /** At most once at a time: a server that is busy is not asked ever more. */
  async #renew() {
    const id = this.#id;
    if (id === null || this.#isAsking) return;
    this.#isAsking = true;
    try {
      const found = await this.#client.read(this.#path);
      const more = await this.#client.read(`${this.#path}/procedures`);
      if (id === this.#id) {
        this.#found = { ...found, ...more };
        this.#trouble(null);
      }
    } catch (error) {
      if (id === this.#id) this.#trouble(error);
    } finally {
      this.#isAsking = false;
    }
    if (id === this.#id) this.#show();
    else void this.#renew();
  }

  #show() {
    const found = this.#found;
    const type = found === null ? 'Incident' : words(found.incident.incident_type);
    renew(byId('incident-title'), `${type} `, element('code', { dir: 'auto' }, this.#id));
    renew(byId('incident-facts'), ...(found === null ? [] : incidentFacts(found.incident, this.#nowMs())));
    const { procedures = [], executions = [], timeline = [] } = found ?? {};
    renew(byId('incident-actions'), ...incidentActions(procedures, executions, this.#desk.acting, this.#desk.failures));
    renew(byId('incident-timeline'), ...incidentTimeline(timeline));
    const isOpen = found !== null && found.incident.state !== 'resolved';
    byId('incident-resolve').hidden = !isOpen;
    byId('incident-acknowledge').hidden = !isOpen || found.incident.acknowledged_at !== null;
    byId('incident-postmortem').setAttribute('href', `${this.#path}/postmortem?format=html`);
  }

  /** @param {unknown} error null where there is none */
  #trouble(error) {
    const place = byId('incident-trouble');
    place.textContent = error === null ? '' : `Cannot be renewed: ${wordsOf(error)}`;
    place.hidden = error === null;
    if (error instanceof Refused && error.needsKey) this.#keyForm.ask();
    else if (error === null) this.#keyForm.answered();
  }

  /** Told to who listens, and shown. @param {string} sentence */
  #say(sentence) {
    byId('incident-said').textContent = sentence;
  }

  /** @param {Event} event */
  #opened({ target }) {
    const pressed = target instanceof Element ? target.closest('[data-incident]') : null;
    if (pressed instanceof HTMLElement) this.open(pressed.dataset['incident'] ?? '', pressed);
  }

  /** @param {Event} event */
  #clicked({ target }) {
    const pressed = target instanceof Element ? target.closest('button[data-act]') : null;
    if (!(pressed instanceof HTMLElement)) return;
    const { act, id = '' } = pressed.dataset;
    if (act === 'close') this.#close();
    else if (act === 'acknowledge') void this.#change('acknowledge', {}, 'Acknowledged');
    else this.#desk.pressed(act, id);
  }

  /** @param {'acknowledge' | 'resolve'} act @param {object} body @param {string} done @returns whether it was */
  async #change(act, body, done) {
    let isDone = false;
    try {
      const { durable } = await this.#post(act, body);
      isDone = true;
      this.#say(durable === false ? `${done}; the disk did not take it yet` : done);
    } catch (error) {
      this.#fail(error);
    }
    void this.#renew();
    return isDone;
  }

  /** @param {Event} event */
  async #resolve(event) {
    event.preventDefault();
    /** @type {HTMLInputElement} */
    const notes = byId('incident-notes');
    // Of the version that is shown: who would end what is another thing by now is told. To take it on is right whatever it became.
    const version = this.#found?.incident.version;
    const asked = { notes: notes.value, expected_version: version };
    // Who was refused need not write it again.
    if (await this.#change('resolve', asked, 'Resolved')) notes.value = '';
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#say(wordsOf(error));
    if (error instanceof Refused && error.needsKey) this.#keyForm.ask();
  }

  /** @param {string} act @param {object} body @param {number} [patienceMs] */
  #post(act, body, patienceMs) {
    return this.#client.act(`${this.#path}/${act}`, body, patienceMs);
  }
}
