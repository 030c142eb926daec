/** The dearest step of a query is left out, for a while. */
import { z } from 'zod';
import type { ActionDefinition, Effect } from '../../ops/actions/index.ts';
import { experimentOf, RERANK } from '../canary/index.ts';
import { action } from './define.ts';
import { type ActingDesk, givenBack, isOn, moved, reasonOf, unkeptNote } from './experiment-moves.ts';
import { BEFORE_S, latencyEffect, saidOf } from './latency-effect.ts';
import type { Measures } from './measures.ts';
import { type RerankHold, textOfHold } from './rerank-hold.ts';

const MINUTES = 15;
const MINUTES_MAX = 1440;
const MINUTE_MS = 60_000;

export interface DisableRerankParts {
  readonly desk: ActingDesk;
  readonly measures: Measures;
  readonly wallMs: () => number;
  readonly slowMs: number;
}

export const disableRerank = ({ desk, measures, wallMs, slowMs }: DisableRerankParts): ActionDefinition =>
  action({
    id: 'disable_rerank',
    title: 'Disable reranking',
    about:
      'Nobody is reranked for a while: the dearest step of a query is left out, and results are ordered less well.',
    risk: 'low',
    command: 'wp-chat canary disable --experiment rerank --yes',
    runbookCommand: 'curl -X POST http://localhost:8080/admin/canary/disable',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: 'experiments',
    parameters: z.strictObject({
      minutes: z.int().min(1).max(MINUTES_MAX).default(MINUTES).describe('Then it is as it was before'),
    }),
    preview: ({ minutes }) => [
      `Answers say rerank_off and are not reranked, for ${minutes} min`,
      'Then reranking is as it was before, unless somebody has changed it meanwhile',
    ],
    run: async ({ minutes }, { by, incidentId }) => {
      const beforeMs = measures.p95Ms(BEFORE_S);
      const { stop } = desk.state;
      const before = experimentOf(desk.state, RERANK)!;
      if (stop !== null) return { changed: false, said: `Everything is stopped already, by ${stop.by}` };
      if (!isOn(before)) return { changed: false, said: `Reranking is off already (${before.phase})` };
      const hold: RerankHold = { untilMs: wallMs() + minutes * MINUTE_MS, phase: before.phase };
      const reason = `${reasonOf('disable_rerank', incidentId)}${textOfHold(hold)}`;
      const left = await moved(desk, { kind: 'disable', name: RERANK }, { by, reason });
      return {
        changed: true,
        said: `Nobody is reranked for ${minutes} min${unkeptNote(desk)}`,
        undo: () => givenBack(desk, { before: [before], left }, { by, reason: 'disable_rerank is taken back' }),
        expiresInMs: minutes * MINUTE_MS,
        probe: (signal) => effectOf(measures, { beforeMs, slowMs, signal }),
      };
    },
  });

async function effectOf(measures: Measures, asked: Parameters<typeof latencyEffect>[1]): Promise<Effect> {
  const outcome = await measures.ask('anybody', true);
  if (outcome.kind === 'ok' && outcome.result.reranked)
    return { ok: false, said: 'A query that asks for reranking is still reranked' };
  const { ok, measured } = await latencyEffect(measures, asked);
  const answered =
    outcome.kind === 'ok'
      ? `A query that asks for reranking is answered without it (${outcome.result.degraded.join(', ')})`
      : `A query that asks for reranking fails: ${outcome.kind}`;
  return { ok: ok && outcome.kind === 'ok', said: `${answered}; ${saidOf(measured)}`, measured };
}
