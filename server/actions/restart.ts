/** Another worker in the place of each, one after the other, while queries go on; each has answered a real query before it takes any. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { WorkerOutcome } from '../../engine/types.ts';
import type { ActionDefinition, Done, Effect } from '../../ops/actions/index.ts';
import type { Snapshot } from '../../ops/index.ts';
import type { IndexSwap } from '../index-admin/index.ts';
import type { EnginePool, ModelsReport } from '../pool/index.ts';
import { action } from './define.ts';
import { BEFORE_S } from './latency-effect.ts';
import type { Measures } from './measures.ts';

export interface RestartParts {
  readonly pool: Pick<EnginePool, 'restart' | 'workers'>;
  readonly index: Pick<IndexSwap, 'models' | 'reopened'>;
  readonly measures: Measures;
  readonly memory: () => Pick<Snapshot['memory'], 'residentBytes' | 'bytesMax'>;
}

/** Share of what may be used, from which on there is no room for one worker more. */
const FULL_SHARE = 0.8;

const parameters = z.strictObject({
  beside: z
    .boolean()
    .nullable()
    .default(null)
    .describe(
      'Whether the new one is ready before the old one ends, for the memory of one more; where there is room, if not given',
    ),
});

export const restartWorkers = (parts: RestartParts): ActionDefinition =>
  action({
    id: 'restart_workers',
    title: 'Restart the workers',
    about:
      'Every worker is replaced, one after the other: memory, models and whatever hangs in them go with the old one. Queries go on.',
    risk: 'low',
    command: 'wp-chat incident execute INCIDENT restart_workers --confirm',
    runbookCommand: 'pkill -f uvicorn && sleep 5 && uvicorn wp_chat.chat_api:app --host 0.0.0.0 --port 8080 --reload &',
    timeBudgetMs: 120_000,
    cooldownMs: 60_000,
    concurrencyKey: 'workers',
    parameters,
    preview: ({ beside }) => previewOf(parts, beside),
    run: async ({ beside }, { signal }) => {
      const before = parts.measures.p95Ms(BEFORE_S);
      const done = await restarted(parts, { beside, signal, fault: faultOf(parts.index.models, false) });
      return { ...done, probe: () => answersAgain(parts, before, false) };
    },
  });

export const reloadModels = (parts: RestartParts): ActionDefinition =>
  action({
    id: 'reload_models',
    title: 'Reload the models',
    about:
      'Every worker is replaced by one that has read the model files anew and has reranked a real query. Queries go on.',
    risk: 'low',
    command: 'wp-chat incident execute INCIDENT reload_models --confirm',
    runbookCommand: 'pkill -f uvicorn && sleep 5 && uvicorn wp_chat.chat_api:app --host 0.0.0.0 --port 8080 --reload &',
    timeBudgetMs: 180_000,
    cooldownMs: 60_000,
    concurrencyKey: 'workers',
    parameters,
    preview: ({ beside }) => [
      ...previewOf(parts, beside),
      'A worker whose models fail does not take the place of one that answers',
    ],
    run: async ({ beside }, { signal }) => {
      const before = parts.measures.p95Ms(BEFORE_S);
      const done = await restarted(parts, { beside, signal, fault: faultOf(parts.index.models, true) });
      return { ...done, probe: () => answersAgain(parts, before, true) };
    },
  });

interface Restarting {
  readonly beside: boolean | null;
  readonly signal: AbortSignal;
  readonly fault: (models: ModelsReport, outcome: WorkerOutcome) => EngineError | null;
}

async function restarted(parts: RestartParts, { beside, signal, fault }: Restarting): Promise<Done> {
  const { pool, index, measures } = parts;
  let replaced = 0;
  try {
    const models = await pool.restart({
      beside: beside ?? hasRoom(parts),
      request: () => measures.request('configured', true),
      fault,
      signal,
      replaced: (count) => {
        replaced = count;
      },
    });
    index.reopened(models);
    return { changed: true, said: `${replaced} of ${pool.workers} workers are new`, details: { models } };
  } catch (error) {
    if (!(error instanceof EngineError) || replaced === 0) throw error;
    throw new EngineError(error.code, `${error.message}; ${replaced} of ${pool.workers} workers are new`, error.place);
  }
}

/** Reranking is asked for by itself: an answer without it is a fault only where the models are what it is about. */
const faultOf =
  (now: ModelsReport, modelsMatter: boolean) =>
  (models: ModelsReport, outcome: WorkerOutcome): EngineError | null => {
    for (const role of ['embedder', 'reranker'] as const) {
      const state = models[role];
      if (state.state === 'unavailable' && (modelsMatter || now[role].state === 'ready'))
        return new EngineError(state.code, `A new worker cannot open the ${role}: ${state.detail}`);
    }
    if (outcome.kind === 'failed') return new EngineError(outcome.code, `A new worker fails: ${outcome.detail}`);
    if (outcome.kind === 'deadline')
      return new EngineError('deadline_exceeded', `A new worker does not answer in time: ${outcome.stage}`);
    const failed = outcome.kind === 'ok' ? failuresOf(outcome) : [];
    if (modelsMatter && failed.length > 0)
      return new EngineError('model_failed', `The models of a new worker fail: ${failed.join(', ')}`);
    return null;
  };

const failuresOf = ({ result }: Extract<WorkerOutcome, { kind: 'ok' }>): string[] =>
  result.degraded.filter((why) => why.endsWith('_failed') || why.endsWith('_unavailable') || why.endsWith('_deadline'));

const hasRoom = ({ memory }: RestartParts): boolean => {
  const { residentBytes, bytesMax } = memory();
  return residentBytes < FULL_SHARE * bytesMax;
};

const previewOf = (parts: RestartParts, beside: boolean | null): string[] => [
  `${parts.pool.workers} workers are replaced, one after the other; queries go on`,
  (beside ?? hasRoom(parts))
    ? 'Each new one answers a real query before the old one ends: that takes the memory of one more worker'
    : 'Memory is short: each old one ends before the new one opens, and queries wait for as long as that takes',
];

/** Through the queue, as everyone asks. */
async function answersAgain({ measures }: RestartParts, before: number | null, modelsMatter: boolean): Promise<Effect> {
  const outcome = await measures.ask('configured', true);
  const measured = { measure: 'p95 ms', before, after: measures.p95Ms(BEFORE_S) };
  if (outcome.kind !== 'ok') return { ok: false, said: `A real query fails: ${outcome.kind}`, measured };
  const { reranked, timings } = outcome.result;
  const failed = failuresOf(outcome);
  const said = `A real query is answered in ${Math.round(timings.totalMs)} ms, ${reranked ? '' : 'not '}reranked`;
  const ok = !modelsMatter || failed.length === 0;
  return { ok, said: ok ? said : `${said}: ${failed.join(', ')}`, measured };
}
