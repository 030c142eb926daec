/** One incident, opened: what is known, what can be done, what was done. Asked for again every few seconds while it is looked at. */
import { byId, element } from '../elements.js';
import { AdminClient, Refused } from './admin-client.js';
import { words } from './figures.js';
import { incidentActions } from './incident-actions.js';
import { incidentFacts } from './incident-facts.js';
import { writtenIn } from './incident-inputs.js';
import { KeyForm } from './incident-key.js';
import { incidentTimeline } from './incident-timeline.js';
import { renew } from './renew.js';

/** @typedef {import('./incident-facts.js').IncidentTold} IncidentTold */
/** @typedef {import('./incident-timeline.js').Entry} Entry */
/** @typedef {import('./incident-actions.js').Procedure} Procedure */
/** @typedef {import('./incident-actions.js').Execution} Execution */
/** @typedef {import('./incident-actions.js').Acting} Acting */
/** @typedef {{ incident: IncidentTold, timeline: readonly Entry[], procedures: readonly Procedure[], executions: readonly Execution[] }} Found */

const RENEW_MS = 2000;
/** Over what an action says it takes: a server that is busy answers late. */
const PATIENCE_MS = 20_000;

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
  /** @type {Acting | null} */
  #acting = null;
  /** By action. @type {Map<string, string>} */
  #failures = new Map();
  #isAsking = false;
  /** Who opened it gets the focus back. @type {HTMLElement | null} */
  #opener = null;

  #nowMs;

  /** @param {() => number} nowMs by the clock of the server */
  constructor(nowMs) {
    this.#nowMs = nowMs;
    byId('incidents').addEventListener('click', (event) => this.#opened(event));
    this.#place.addEventListener('click', (event) => this.#clicked(event));
    // What is written into an action after its preview has to be looked at anew.
    byId('incident-actions').addEventListener('input', () => this.#acting?.phase === 'preview' && this.#set(null));
    byId('incident-resolve').addEventListener('submit', (event) => this.#resolve(event));
    setInterval(() => !document.hidden && void this.#renew(), RENEW_MS);
    const asked = new URLSearchParams(location.search).get('incident');
    if (asked) this.open(asked);
  }

  /** @param {string} id @param {HTMLElement | null} [opener] */
  open(id, opener = null) {
    if (id !== this.#id) {
      this.#found = null;
      this.#acting = null;
      this.#failures.clear();
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
    renew(byId('incident-actions'), ...incidentActions(procedures, executions, this.#acting, this.#failures));
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
    else if (act === 'leave') this.#leave(id);
    else if (act === 'preview') void this.#preview(id);
    else if (act === 'execute') void this.#execute(id);
    else if (act === 'undo') void this.#undo(id);
  }

  /** @param {'acknowledge' | 'resolve'} act @param {object} body @param {string} done */
  async #change(act, body, done) {
    try {
      const { durable } = await this.#post(act, body);
      this.#say(durable === false ? `${done}; the disk did not take it yet` : done);
    } catch (error) {
      this.#fail(error);
    }
    void this.#renew();
  }

  /** @param {Event} event */
  async #resolve(event) {
    event.preventDefault();
    /** @type {HTMLInputElement} */
    const notes = byId('incident-notes');
    // Of the version that is shown: who would end what is another thing by now is told. To take it on is right whatever it became.
    const version = this.#found?.incident.version;
    await this.#change('resolve', { notes: notes.value, expected_version: version }, 'Resolved');
    notes.value = '';
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#say(wordsOf(error));
    if (error instanceof Refused && error.needsKey) this.#keyForm.ask();
  }

  /** @param {string} id */
  #asked(id) {
    const procedure = this.#found?.procedures.find(({ action_id: one }) => one === id);
    const parameters = procedure ? writtenIn(byId('incident-actions'), id, procedure.parameters) : {};
    return { action_id: id, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
  }

  /** @param {string} id */
  async #preview(id) {
    const asked = this.#asked(id);
    const acting = /** @type {const} */ ({ actionId: id, asked, steps: [], objection: null });
    this.#set({ ...acting, phase: 'previewing' });
    try {
      const { success, output, preview } = await this.#post('execute', { ...asked, dry_run: true });
      this.#failures.delete(id);
      this.#set({ ...acting, steps: preview, objection: success ? null : output, phase: 'preview' });
      this.#buttonsOf(id)
        .find(({ disabled }) => !disabled)
        ?.focus();
      this.#say(`${words(id)}: look at what would be done, then confirm`);
    } catch (error) {
      this.#ended(id, error);
    }
  }

  /** @param {string} id */
  async #execute(id) {
    // What was shown is what is done.
    const looked = this.#acting?.actionId === id ? this.#acting : null;
    const { asked, steps, objection } = looked ?? { asked: this.#asked(id), steps: [], objection: null };
    const seconds = this.#found?.procedures.find(({ action_id: one }) => one === id)?.estimated_time ?? 0;
    this.#set({ actionId: id, phase: 'running', asked, steps, objection });
    this.#say(`${words(id)} is under way`);
    await this.#done(id, () => this.#post('execute', { ...asked, confirm: true }, seconds * 1000 + PATIENCE_MS));
  }

  /** @param {string} run */
  async #undo(run) {
    const id = this.#found?.executions.find((one) => one.run === run)?.action_id;
    if (id === undefined) return;
    this.#set({ actionId: id, phase: 'running', asked: {}, steps: [], objection: null });
    await this.#done(id, () => this.#post('undo', { run }, PATIENCE_MS));
  }

  /** @param {string} id @param {() => Promise<{ output: string, action: Execution }>} act */
  async #done(id, act) {
    try {
      const { output, action } = await act();
      if (this.#found !== null) this.#found = { ...this.#found, executions: [action, ...this.#found.executions] };
      this.#failures.delete(id);
      this.#ended(id, null);
      this.#say(`${words(id)}: ${words(action.state)}. ${output}`);
    } catch (error) {
      this.#ended(id, error);
    }
    void this.#renew();
  }

  /** @param {string} act @param {object} body @param {number} [patienceMs] */
  #post(act, body, patienceMs) {
    return this.#client.act(`${this.#path}/${act}`, body, patienceMs);
  }

  /** @param {string} id */
  #leave(id) {
    this.#set(null);
    this.#buttonsOf(id)[0]?.focus();
    this.#say(`${words(id)}: nothing was done`);
  }

  /** @param {string} id @param {unknown} error null where there is none */
  #ended(id, error) {
    if (error !== null) this.#failures.set(id, wordsOf(error));
    this.#set(null);
    this.#buttonsOf(id)[0]?.focus();
    if (error !== null) this.#fail(error);
  }

  /** @param {Acting | null} acting */
  #set(acting) {
    this.#acting = acting;
    this.#show();
  }

  /** @param {string} id @returns {HTMLButtonElement[]} */
  #buttonsOf(id) {
    return [...this.#place.querySelectorAll(`button[data-id="${CSS.escape(id)}"]`)].filter(
      (one) => one instanceof HTMLButtonElement,
    );
  }
}

/** @param {unknown} error */
const wordsOf = (error) => (error instanceof Error ? error.message : String(error));
