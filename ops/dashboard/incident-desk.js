/** What is done about the incident that is open: looked at first, then confirmed, and taken back. One action at a time. */
import { byId } from '../elements.js';
import { words } from './figures.js';
import { writtenIn } from './incident-inputs.js';

/** @typedef {import('./incident-actions.js').Procedure} Procedure */
/** @typedef {import('./incident-actions.js').Execution} Execution */
/** @typedef {import('./incident-actions.js').Acting} Acting */
/** @typedef {{ id: string, procedures: readonly Procedure[], executions: readonly Execution[] }} Known */
/**
 * @typedef {object} Around
 * @property {() => Known | null} known of the incident that is open; null while nothing is
 * @property {(act: string, body: object, patienceMs?: number) => Promise<any>} post about that incident
 * @property {(action: Execution) => void} done
 * @property {() => void} show
 * @property {(sentence: string) => void} say
 * @property {(error: unknown) => void} fail
 * @property {() => void} renew
 */

/** Over what an action says it takes: a server that is busy answers late. */
const PATIENCE_MS = 20_000;

export class IncidentDesk {
  /** @type {Acting | null} */
  acting = null;
  /** By action. @type {Map<string, string>} */
  failures = new Map();
  #place;
  #around;

  /** @param {HTMLElement} place @param {Around} around */
  constructor(place, around) {
    this.#place = place;
    this.#around = around;
    // What is written into an action after its preview has to be looked at anew.
    byId('incident-actions').addEventListener('input', () => this.acting?.phase === 'preview' && this.#set(null));
  }

  /** For another incident. */
  clear() {
    this.acting = null;
    this.failures.clear();
  }

  /** @param {string | undefined} act @param {string} id of the action, or of its run */
  pressed(act, id) {
    if (act === 'leave') this.#leave(id);
    else if (act === 'preview') void this.#preview(id);
    else if (act === 'execute') void this.#execute(id);
    else if (act === 'undo') void this.#undo(id);
  }

  /** @param {string} id */
  #asked(id) {
    const procedure = this.#around.known()?.procedures.find(({ action_id: one }) => one === id);
    const parameters = procedure ? writtenIn(byId('incident-actions'), id, procedure.parameters) : {};
    return { action_id: id, ...(Object.keys(parameters).length === 0 ? {} : { parameters }) };
  }

  /** @param {string} id */
  async #preview(id) {
    const asked = this.#asked(id);
    const acting = /** @type {const} */ ({ actionId: id, asked, steps: [], objection: null });
    const isHere = this.#marked();
    this.#set({ ...acting, phase: 'previewing' });
    try {
      const { success, output, preview } = await this.#around.post('execute', { ...asked, dry_run: true });
      // What was asked of one incident must not be confirmed about another.
      if (!isHere()) return;
      this.failures.delete(id);
      this.#set({ ...acting, steps: preview, objection: success ? null : output, phase: 'preview' });
      this.#buttonsOf(id)
        .find(({ disabled }) => !disabled)
        ?.focus();
      this.#around.say(`${words(id)}: look at what would be done, then confirm`);
    } catch (error) {
      if (isHere()) this.#ended(id, error);
    }
  }

  /** @param {string} id */
  async #execute(id) {
    // What was shown is what is done.
    const looked = this.acting?.actionId === id ? this.acting : null;
    const { asked, steps, objection } = looked ?? { asked: this.#asked(id), steps: [], objection: null };
    const procedure = this.#around.known()?.procedures.find(({ action_id: one }) => one === id);
    this.#set({ actionId: id, phase: 'running', asked, steps, objection });
    this.#around.say(`${words(id)} is under way`);
    const patienceMs = (procedure?.estimated_time ?? 0) * 1000 + PATIENCE_MS;
    await this.#done(id, this.#around.post('execute', { ...asked, confirm: true }, patienceMs));
  }

  /** @param {string} run */
  async #undo(run) {
    const id = this.#around.known()?.executions.find((one) => one.run === run)?.action_id;
    if (id === undefined) return;
    this.#set({ actionId: id, phase: 'running', asked: {}, steps: [], objection: null });
    await this.#done(id, this.#around.post('undo', { run }, PATIENCE_MS));
  }

  /** @param {string} id @param {Promise<{ output: string, action: Execution }>} answer */
  async #done(id, answer) {
    const isHere = this.#marked();
    try {
      const { output, action } = await answer;
      if (isHere()) {
        this.#around.done(action);
        this.failures.delete(id);
        this.#ended(id, null);
      }
      this.#around.say(`${words(id)}: ${words(action.state)}. ${output}`);
    } catch (error) {
      if (isHere()) this.#ended(id, error);
      else this.#around.fail(error);
    }
    this.#around.renew();
  }

  /** Says later whether the incident that is open now still is. */
  #marked() {
    const id = this.#around.known()?.id;
    return () => this.#around.known()?.id === id;
  }

  /** @param {string} id */
  #leave(id) {
    this.#set(null);
    this.#buttonsOf(id)[0]?.focus();
    this.#around.say(`${words(id)}: nothing was done`);
  }

  /** @param {string} id @param {unknown} error null where there is none */
  #ended(id, error) {
    if (error !== null) this.failures.set(id, wordsOf(error));
    this.#set(null);
    this.#buttonsOf(id)[0]?.focus();
    if (error !== null) this.#around.fail(error);
  }

  /** @param {Acting | null} acting */
  #set(acting) {
    this.acting = acting;
    this.#around.show();
  }

  /** @param {string} id @returns {HTMLButtonElement[]} */
  #buttonsOf(id) {
    return [...this.#place.querySelectorAll(`button[data-id="${CSS.escape(id)}"]`)].filter(
      (one) => one instanceof HTMLButtonElement,
    );
  }
}

/** @param {unknown} error */
export const wordsOf = (error) => (error instanceof Error ? error.message : String(error));
