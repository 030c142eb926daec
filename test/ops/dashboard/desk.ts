/** A server's desk, as the dashboard asks it: one incident, the actions of its procedure, and what was asked. */
import type { Desk } from './feed-server.ts';
import { HOSTILE, START_MS } from './scenarios.ts';

export const ID = 'inc-20260301-7f3a';

export interface DeskState {
  readonly desk: Desk;
  /** What was posted, oldest first. */
  readonly posted: { readonly path: string; readonly body: Record<string, unknown> }[];
  /** Newest first. */
  readonly executions: object[];
  /** How often the incident was asked for. */
  looked: number;
  version: number;
  /** The key without which nothing is answered; null for none. */
  key: string | null;
  /** Answers come when it is called. */
  hold: Promise<void> | null;
  /** With which every post is answered instead. */
  refusal: { readonly status: number; readonly body: object } | null;
}

/** @param text what an attacker could have put wherever the server tells a text */
export function startDesk(text = (plain: string): string => plain): DeskState {
  const state: DeskState = {
    posted: [],
    executions: [],
    looked: 0,
    version: 3,
    key: null,
    hold: null,
    refusal: null,
    desk: async ({ method, path, authorization, body }) => {
      if (state.key !== null && authorization !== `Bearer ${state.key}`)
        return { status: 401, body: { code: 'unauthorized', detail: text('A key is needed') } };
      if (method === 'GET') {
        if (path.endsWith('/procedures'))
          return { status: 200, body: { procedures: proceduresOf(text), executions: state.executions } };
        state.looked++;
        return { status: 200, body: { incident: incidentOf(state.version, text), timeline: timelineOf(text) } };
      }
      state.posted.push({ path, body });
      await state.hold;
      if (state.refusal !== null) return state.refusal;
      const answer = answerTo(path, body, text);
      if ('action' in answer && answer.action !== null) state.executions.unshift(answer.action);
      return { status: 200, body: answer };
    },
  };
  return state;
}

function answerTo(path: string, body: Record<string, unknown>, text: (plain: string) => string) {
  const preview = [text('Results are no longer reranked, for 15 minutes')];
  if (path.endsWith('/execute') && body['dry_run'] === true)
    return { success: true, applied: false, output: '', preview, action: null };
  const isUndo = path.endsWith('/undo');
  if (!isUndo && !path.endsWith('/execute')) return { message: text('Done'), durable: true };
  const id = isUndo ? 'disable_rerank' : String(body['action_id']);
  const said = text(isUndo ? 'Reranked again' : 'Nobody is reranked');
  const action = executionOf(id, isUndo ? 'undone' : 'done', said, text);
  return { success: true, applied: true, output: said, preview: [], action };
}

const executionOf = (id: string, state: string, said: string, text: (plain: string) => string) => ({
  run: 'run-1',
  action_id: id,
  by: text('loopback'),
  state,
  said,
  details: id === 'show_errors' ? { lines: [text('worker lost')] } : null,
  effect: { ok: true, said: text('p95 is 310 ms') },
  undoable: state === 'done' && id === 'disable_rerank',
  expires_at: null,
});

const proceduresOf = (text: (plain: string) => string) => [
  procedure('disable_rerank', text('Disable reranking'), 'low', {}, text),
  procedure('show_errors', text('Show errors'), 'none', {}, text),
  procedure(
    'adjust_rate_limits',
    text('Adjust limits'),
    'high',
    {
      properties: {
        max_requests: { type: 'integer', minimum: 1, description: text('Queries') },
        [text('window_seconds')]: { type: 'integer', default: 3600 },
      },
      required: ['max_requests'],
    },
    text,
  ),
];

const procedure = (
  id: string,
  name: string,
  risk: 'none' | 'low' | 'high',
  parameters: object,
  text: (plain: string) => string,
) => ({
  action_id: id,
  name,
  description: text('What it does, and what it costs.'),
  command: text('wp-chat incident execute'),
  runbook_command: '',
  parameters,
  requires_confirmation: risk === 'high',
  risk,
  estimated_time: 30,
  automatic: risk === 'none',
  undoable: risk !== 'none',
  objection: null,
});

const at = (agoS: number): string => new Date(START_MS - agoS * 1000).toISOString();

const incidentOf = (version: number, text: (plain: string) => string) => ({
  incident_id: text(ID),
  incident_type: 'high_error_rate',
  severity: 'critical',
  severity_worst: 'critical',
  state: 'detected',
  version,
  detected_at: at(260),
  description: text('More than half of the searches fail'),
  affected_components: [text('search')],
  suspects: [{ at: at(500), summary: text('deadlineMs 10000 → 10'), by: text('key-1') }],
  acknowledged_at: null,
  assigned_to: null,
  resolved_at: null,
  resolved_by: null,
  resolution_notes: '',
  came_back: 0,
  merged_into: null,
});

const timelineOf = (text: (plain: string) => string) => [
  { at: at(260), by: 'wp-chat', kind: 'opened', text: text('Detected: high error rate, critical') },
  { at: at(250), by: text('wp-chat'), kind: 'action', text: text('Action emergency_stop succeeded') },
  { at: at(200), by: text('key-1'), kind: 'note', text: text('Looking at it') },
];

export const hostileDesk = (): DeskState => startDesk((plain) => `${HOSTILE}${plain}`);
