/**
 * What can be done about an incident, in the runbook's order. What only looks is done at once; all else shows first what it would do,
 * and is confirmed there.
 */
import { element } from '../elements.js';
import { moment, words } from './figures.js';
import { inputsOf } from './incident-inputs.js';
import { marked, sign } from './signs.js';

/** @typedef {import('../elements.js').Child} Child */
/**
 * @typedef {{ action_id: string, name: string, description: string, command: string, parameters: object, risk: 'none' | 'low' | 'high',
 *   estimated_time: number, automatic: boolean, objection: string | null }} Procedure
 */
/** One of them that was begun, by whomever. */
/**
 * @typedef {{ run: string, action_id: string, by: string, state: string, said: string, details: object | null, undoable: boolean,
 *   effect: { ok: boolean, said: string } | null, expires_at: string | null }} Execution
 */
/** What the page is at with one of them. @typedef {{ actionId: string, phase: 'previewing' | 'preview' | 'running', steps: readonly string[], objection: string | null }} Acting */

const DETAILS_CHARS_MAX = 20_000;

/** @type {Readonly<Record<string, import('./signs.js').Tone>>} */
const TONES = { done: 'good', undone: 'none', expired: 'none', running: 'none' };

/**
 * @param {readonly Procedure[]} procedures
 * @param {readonly Execution[]} executions newest first
 * @param {Acting | null} acting
 * @param {ReadonlyMap<string, string>} failures why the page could not do one of them
 * @returns {Child[]}
 */
export const incidentActions = (procedures, executions, acting, failures) => [
  element(
    'ol',
    { class: 'actions' },
    procedures.map((one) => {
      const last = executions.find(({ action_id: id }) => id === one.action_id);
      return actionItem(one, acting, last, failures.get(one.action_id));
    }),
  ),
];

/** @param {Procedure} procedure @param {Acting | null} acting @param {Execution | undefined} last @param {string | undefined} failure */
function actionItem(procedure, acting, last, failure) {
  const { action_id: id, name, description, command, risk, estimated_time: seconds, automatic, objection } = procedure;
  const own = acting?.actionId === id ? acting : null;
  const isBusy = acting !== null && acting.phase !== 'preview';
  const start = risk === 'none' ? 'execute' : 'preview';
  return element(
    'li',
    { 'data-action': id },
    element('h4', { dir: 'auto' }, name),
    element(
      'p',
      { class: 'quiet', dir: 'auto' },
      `${description} Takes up to ${seconds} s.${automatic ? ' The machine does it by itself.' : ''}`,
    ),
    objection !== null && element('p', { class: 'marked warn', dir: 'auto' }, sign('warn'), `Not now: ${objection}`),
    inputsOf(id, procedure.parameters),
    own === null || own.phase === 'previewing' || (own.phase === 'running' && own.steps.length === 0)
      ? button(start, id, own !== null ? 'Looking…' : risk === 'none' ? name : `${name}…`, isBusy)
      : previewOf(own, name),
    element('code', { class: 'quiet', dir: 'auto' }, command),
    failure !== undefined && element('p', { class: 'marked bad', dir: 'auto' }, sign('bad'), failure),
    last !== undefined && executionOf(last, isBusy),
  );
}

/** @param {string} act @param {string} id @param {string} label @param {boolean} isDisabled */
const button = (act, id, label, isDisabled) =>
  element('button', { type: 'button', 'data-act': act, 'data-id': id, disabled: isDisabled }, label);

/** @param {Acting} acting @param {string} name */
const previewOf = ({ actionId, phase, steps, objection }, name) =>
  element(
    'div',
    { class: 'preview', role: 'group', 'aria-label': `${name}: what would be done` },
    element('p', {}, 'This would be done:'),
    element(
      'ul',
      {},
      steps.map((step) => element('li', { dir: 'auto' }, step)),
    ),
    objection !== null && element('p', { class: 'marked warn', dir: 'auto' }, sign('warn'), `Not now: ${objection}`),
    button('execute', actionId, phase === 'running' ? 'Doing it…' : 'Do it', phase === 'running' || objection !== null),
    button('leave', actionId, 'Leave it', phase === 'running'),
  );

/** @param {Execution} execution @param {boolean} isBusy */
function executionOf({ run, action_id: id, by, state, said, effect, details, undoable, expires_at: until }, isBusy) {
  const ends = until === null ? '' : ` Until ${moment(Date.parse(until))}.`;
  return element(
    'div',
    { class: 'outcome' },
    marked(TONES[state] ?? 'bad', state),
    element('p', { dir: 'auto' }, `${said} (${by}).${ends}`),
    effect !== null && element('p', { dir: 'auto' }, `${effect.ok ? 'It helped' : 'It did not help'}: ${effect.said}`),
    undoable && button('undo', run, 'Take it back', isBusy),
    details !== null &&
      element(
        'details',
        {},
        element('summary', {}, `What ${words(id)} found`),
        element('pre', { tabindex: 0, dir: 'auto' }, JSON.stringify(details, null, 2).slice(0, DETAILS_CHARS_MAX)),
      ),
  );
}
