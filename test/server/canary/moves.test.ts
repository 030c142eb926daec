/** What operators' words make of the state: any sequence of them, and each refusal. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_CHANGE } from '../../../server/canary/definition.ts';
import { type Move, MoveRefused, moved } from '../../../server/canary/moves.ts';
import { type CanaryState, experimentOf, initialState, isLive, stateSchema } from '../../../server/canary/state.ts';
import { keysInUse } from '../../../server/canary/variants.ts';
import { settings } from './arrange.ts';

const act = { by: 'ada', reason: 'why', atMs: 5 };
const after = (state: CanaryState, ...moves: Move[]): CanaryState | MoveRefused =>
  moves.reduce<CanaryState | MoveRefused>(
    (before, move, at) =>
      before instanceof MoveRefused ? before : moved(before, move, act, { settings, id: `id-${at}` }),
    state,
  );
const initial = initialState(settings);
const state = (...moves: Move[]): CanaryState => {
  const result = after(initial, ...moves);
  if (result instanceof MoveRefused) throw new Error(result.detail);
  return result;
};
const refusal = (...moves: Move[]): MoveRefused => {
  const result = after(initial, ...moves);
  if (!(result instanceof MoveRefused)) throw new Error('not refused');
  return result;
};
const fusion = (denseWeight: number) => ({ canary: { ...NO_CHANGE, retrieval: { fusion: { denseWeight } } } });
const enable = (name: string, percentage = 10, given = {}): Move => ({ kind: 'enable', name, given, percentage });

describe('an experiment', () => {
  it('of reranking is there before anything is done, and everybody has it', () => {
    expect(initial.experiments).toMatchObject([{ name: 'rerank', phase: 'promoted' }]);
  });

  it('goes where it is told', () => {
    const name = 'rerank';
    expect(state({ kind: 'disable', name: null }).experiments[0]).toMatchObject({ phase: 'pending', last: act });
    expect(state(enable(name, 2.5)).experiments[0]).toMatchObject({ phase: 'running', percentage: 2.5 });
    expect(state(enable(name), { kind: 'rollout', name, to: 25 }).experiments[0]).toMatchObject({ percentage: 25 });
    const stepping = state(enable(name, 7), { kind: 'rollout', name, to: 'steps' }).experiments[0]!;
    expect(stepping).toMatchObject({ stepped: true, step: 2, percentage: 10 });
    expect(state(enable(name), { kind: 'pause', name }, { kind: 'resume', name }).experiments[0]!.phase).toBe(
      'running',
    );
    expect(state(enable(name), { kind: 'promote', name }).experiments[0]!.phase).toBe('promoted');
    expect(state({ kind: 'abort', name }).experiments[0]!.phase).toBe('rolled_back');
  });

  it('that begins anew is another run; one that goes on is the same', () => {
    const name = 'rerank';
    const first = state(enable(name));
    const run = (moves: Move[]): string => (after(first, ...moves) as CanaryState).experiments[0]!.run;
    expect(run([enable(name, 50)])).toBe(first.experiments[0]!.run);
    expect(run([{ kind: 'abort', name }, enable(name)])).not.toBe(first.experiments[0]!.run);
  });

  it('is refused where it cannot be, with what stands in the way', () => {
    expect(refusal({ kind: 'rollout', name: 'none', to: 5 })).toMatchObject({ code: 'canary_missing' });
    expect(refusal({ kind: 'rollout', name: 'rerank', to: 5 })).toMatchObject({ code: 'canary_conflict' });
    expect(refusal({ kind: 'pause', name: 'rerank' }).detail).toContain('promoted');
    expect(refusal({ kind: 'forget', name: 'rerank' })).toMatchObject({ code: 'canary_conflict' });
    expect(refusal(enable('x', 5, { canary: { ...NO_CHANGE, rerank: false } })).detail).toContain('rerank');
    expect(refusal(enable('rerank', 5, { control: NO_CHANGE })).code).toBe('request_invalid');
    const clash = refusal(enable('one', 5, fusion(0.5)), enable('two', 5, fusion(0.4)));
    expect(clash).toMatchObject({ code: 'canary_conflict' });
    expect(clash.detail).toContain('retrieval.fusion.denseWeight');
    expect(refusal(enable('one', 5, fusion(0.5)), enable('one', 5, fusion(0.4))).detail).toContain('disable it first');
    const many = ['a', 'b', 'c', 'd'].map((name) => enable(name));
    expect(refusal(...many).detail).toContain('3 experiments');
  });
});

describe('a stop', () => {
  it('wins over whatever begins something, and nothing that ends something waits for it', () => {
    const stop: Move = { kind: 'stop' };
    for (const move of [
      enable('rerank'),
      { kind: 'promote', name: 'rerank' },
      { kind: 'rollout', name: 'rerank', to: 5 },
      { kind: 'resume', name: 'rerank' },
    ] as const)
      expect(refusal(stop, move).code).toBe('canary_stopped');
    expect(state(stop, { kind: 'abort', name: 'rerank' }, { kind: 'disable', name: null }).stop).toEqual(act);
  });

  it('ends as the operator says: all as it was, or one of them and nothing else', () => {
    const before = [enable('rerank', 5), enable('one', 5, fusion(0.5)), { kind: 'stop' } as const];
    const restored = state(...before, { kind: 'clear', to: 'restore' });
    expect(restored.experiments.map(({ phase }) => phase)).toEqual(['running', 'running']);
    const one = state(...before, { kind: 'clear', to: { name: 'rerank', percentage: 1 } });
    expect(one.experiments).toMatchObject([{ phase: 'running', percentage: 1 }, { phase: 'pending' }]);
    expect([restored.stop, one.stop]).toEqual([null, null]);
  });
});

const names = fc.constantFrom('rerank', 'one', 'two', 'three', 'four');
const shares = fc.integer({ min: 0, max: 10_000 }).map((hundredths) => hundredths / 100);
const moves: fc.Arbitrary<Move> = fc.oneof(
  fc.record({
    kind: fc.constant('enable' as const),
    name: names,
    given: fc.constantFrom({}, fusion(0.5)),
    percentage: shares,
  }),
  fc.record({
    kind: fc.constant('rollout' as const),
    name: names,
    to: fc.oneof(shares, fc.constant('steps' as const)),
  }),
  fc.record({ kind: fc.constantFrom('pause', 'resume', 'promote', 'abort', 'forget'), name: names }),
  fc.record({ kind: fc.constant('disable' as const), name: fc.option(names) }),
  fc.constant({ kind: 'stop' as const }),
  fc.record({
    kind: fc.constant('clear' as const),
    to: fc.oneof(fc.constant('restore' as const), fc.record({ name: names, percentage: shares })),
  }),
);

describe('whatever is said, one word after the other', () => {
  it('the state can be kept, no two change one setting, few are live, reranking is there, and what is refused changes nothing', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 25 }), (said) => {
        let now = initial;
        for (const [at, move] of said.entries()) {
          const frozen = JSON.stringify(now);
          const next = moved(now, move, { ...act, atMs: at }, { settings, id: `id-${at}` });
          expect(JSON.stringify(now)).toBe(frozen);
          if (next instanceof MoveRefused) {
            if (next.code === 'canary_stopped') expect(now.stop).not.toBeNull();
            continue;
          }
          if (now.stop !== null && move.kind !== 'clear') {
            const gave = next.experiments.filter((one) => isLive(one) || one.phase === 'promoted').length;
            expect(gave).toBeLessThanOrEqual(
              now.experiments.filter((one) => isLive(one) || one.phase === 'promoted').length,
            );
            expect(next.stop).not.toBeNull();
          }
          now = next;
          expect(stateSchema.parse(JSON.parse(JSON.stringify(now)))).toEqual(now);
          expect(now.experiments.filter(isLive).length).toBeLessThanOrEqual(3);
          expect(experimentOf(now, 'rerank')).toBeDefined();
          const keys = now.experiments.flatMap((one) => [...new Set(keysInUse(one))]);
          expect(new Set(keys).size).toBe(keys.length);
          expect(now.events.at(-1)).toMatchObject({ event: move.kind, atMs: at });
        }
      }),
      { numRuns: 300 },
    );
  });
});
