/** A canary that shares its answers with the control is judged all the same: by what became of its own half. */
import { expect, it } from 'vitest';
import type { Degradation, SearchOutcome } from '../../../engine/types.ts';
import { randomOf } from '../../../ops/capacity/random.ts';
import type { Answer } from '../../../server/cache/index.ts';
import type { SharedBy } from '../../../server/canary/answered.ts';
import { presetDefinition } from '../../../server/canary/definition.ts';
import { type Experiment, initialState } from '../../../server/canary/state.ts';
import { Watching } from '../../../server/canary/watching.ts';
import { requestFor, resultFor } from '../cache/sample-result.ts';
import { settings } from './arrange.ts';

const SEED = 20_261_128;

function arrange() {
  const progressed: (string | undefined)[] = [];
  const watching = new Watching({
    clock: { wallMs: () => 0, nowUs: () => 0 },
    slowMs: 800,
    verySlowMs: 2000,
    budgetLeft: () => true,
    loaded: () => false,
    progress: (_, { phase }) => void progressed.push(phase),
  });
  const one: Experiment = {
    ...initialState(settings).experiments[0]!,
    ...{ name: 'model', phase: 'running', percentage: 50, run: 'r1', revision: 'v1' },
    definition: { ...presetDefinition('model', settings), interleave: true },
  };
  watching.follow({ ...initialState(settings), experiments: [one] });
  const answer = { facts: { rerank: 'done', degraded: [], empty: false, variants: [] } } as unknown as Answer;
  const told = (control: SharedBy['control'], canary: SharedBy['canary']): void =>
    watching.answered(
      {
        ...{ requestId: '', timeMs: 0, endpoint: '/search', request: requestFor('q'), identity: 'i', cache: 'none' },
        ...{ assignments: [], variants: [], tookMs: 1, ran: true, outcome: { kind: 'ok', answer } },
        shared: { experiment: 'model', control, canary, interleaved: null },
      },
      [],
    );
  const requests = (): number[] => {
    const { arms } = watching.status(one) as { arms: Record<'control' | 'canary', { requests: number }> };
    return [arms.control.requests, arms.canary.requests];
  };
  return { told, progressed, requests };
}

const side = (degraded: readonly Degradation[] = [], tookMs = 10): SharedBy['control'] => ({
  outcome: { kind: 'ok', result: resultFor('q', { degraded }) },
  tookMs,
});
const failed = (code: 'internal' | 'overloaded'): SharedBy['control'] => ({
  outcome: { kind: 'failed', code, detail: '' } satisfies SearchOutcome,
  tookMs: 10,
});

it('is rolled back where its half fails, one after the other, though every visitor had an answer', () => {
  const { told, progressed } = arrange();
  for (let at = 0; at < 5; at++) told(side(), failed('internal'));
  expect(progressed).toContain('rolled_back');
});

it('is rolled back where its half is late, and not where both are', () => {
  const slow = arrange();
  const random = randomOf(SEED);
  for (let at = 0; at < 200 && slow.progressed.length === 0; at++)
    slow.told(side([], random.next() < 0.05 ? 900 : 10), side([], random.next() < 0.6 ? 900 : 10));
  expect(slow.progressed, `seed ${SEED}`).toContain('rolled_back');
  const alike = arrange();
  for (let at = 0; at < 500; at++) alike.told(side([], 900), side([], 900));
  for (let at = 0; at < 500; at++) alike.told(failed('internal'), side());
  expect(alike.progressed).toEqual([]);
});

it('is not told of by what was made simpler, or refused, for want of time', () => {
  const { told, requests } = arrange();
  told(side(), side());
  told(side(['rerank_shed']), side());
  told(failed('overloaded'), side());
  expect(requests()).toEqual([1, 1]);
});
