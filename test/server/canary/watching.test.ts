/** What is compared, what is left out of it, and that what is worse ends by itself. */
import { describe, expect, it } from 'vitest';
import type { Degradation } from '../../../engine/types.ts';
import { randomOf } from '../../../ops/capacity/random.ts';
import type { Answer } from '../../../server/cache/index.ts';
import type { Answered } from '../../../server/canary/answered.ts';
import { Board, type Given } from '../../../server/canary/board.ts';
import { NO_CHANGE, presetDefinition } from '../../../server/canary/definition.ts';
import { type CanaryState, type Experiment, initialState } from '../../../server/canary/state.ts';
import { Watching } from '../../../server/canary/watching.ts';
import { requestFor } from '../cache/sample-result.ts';
import { settings } from './arrange.ts';

const SEED = 20_261_128;

interface Trying {
  readonly experiment?: Partial<Experiment>;
  readonly loaded?: boolean;
}

/** A live experiment at 50 %, and what its judgement asks for. */
function arrange({ experiment, loaded = false }: Trying = {}) {
  const clock = { ms: 1_000_000, wallMs: () => clock.ms, nowUs: () => clock.ms * 1000 };
  const progressed: [string, Partial<Experiment>, string][] = [];
  const watching = new Watching({
    clock,
    slowMs: 800,
    verySlowMs: 2000,
    budgetLeft: () => true,
    loaded: () => loaded,
    progress: (...progress) => void progressed.push(progress),
  });
  const definition = {
    ...presetDefinition('model', settings),
    canary: { ...NO_CHANGE, retrieval: { candidates: 50 } },
    holdBackPercent: 0,
  };
  const one: Experiment = {
    ...initialState(settings).experiments[0]!,
    ...{ name: 'model', definition, phase: 'running', percentage: 50, run: 'r1', revision: 'v1' },
    ...experiment,
  };
  const state: CanaryState = { ...initialState(settings), experiments: [one] };
  const board = new Board(state);
  watching.follow(state);
  let query = 0;
  /** One user asks once. */
  const ask = (userId: string, more: Asked = {}): { arm: string } => {
    const { knows = () => false, rerank = true, degraded = [], tookMs = 10, ran = true, empty = false, failed } = more;
    const asker = { subject: { userId }, asked: null };
    const given = board.givenTo(asker);
    const request = requestFor(`q${query++}`, { rerank, variants: given.variants });
    const compared = watching.compared({ board, given, subject: asker.subject }, request, (as) => !knows(as));
    const answer = { facts: { rerank: 'done', degraded, empty, variants: given.variants } } as unknown as Answer;
    const answered: Answered = {
      ...{ requestId: '', timeMs: clock.ms, endpoint: '/search', request, identity: userId, cache: 'miss' },
      ...{ assignments: given.assignments, variants: given.variants, tookMs, ran },
      outcome: failed === undefined ? { kind: 'ok', answer } : { kind: 'failed', code: failed },
    };
    watching.answered(answered, compared);
    return { arm: given.assignments[0]!.arm };
  };
  const requests = (): [number, number] => {
    const { arms } = watching.status(one) as { arms: Record<'control' | 'canary', { requests: number }> };
    return [arms.control.requests, arms.canary.requests];
  };
  return { watching, state, one, ask, requests, progressed, clock };
}

interface Asked {
  readonly knows?: (given: Given) => boolean;
  readonly rerank?: boolean;
  readonly degraded?: readonly Degradation[];
  readonly tookMs?: number;
  readonly ran?: boolean;
  readonly empty?: boolean;
  readonly failed?: 'internal' | 'overloaded';
}

it('what was seen is noted now and then, and goes on being noted when the clock is set back', () => {
  const { watching, clock } = arrange();
  const noted = [0, 5000, 12_000, -3_600_000, -3_599_000].map((ms) => {
    clock.ms = 10_000_000 + ms;
    return watching.step();
  });
  expect(noted).toEqual([true, false, true, true, false]);
});

describe('a query is compared', () => {
  it('where chance assigned it and it was run', () => {
    const { ask, requests } = arrange();
    const arms = Array.from({ length: 40 }, (_, user) => ask(`u${user}`).arm);
    const canaries = arms.filter((arm) => arm === 'canary').length;
    expect(canaries).toBeGreaterThan(5);
    expect(requests()).toEqual([40 - canaries, canaries]);
  });

  it.each<[string, Asked, Trying?]>([
    ['answered from memory or with another', { ran: false }],
    ['known to its own arm', { knows: ({ variants }) => variants.length > 0 }],
    ['known to the other arm', { knows: ({ variants }) => variants.length === 0 }],
    ['made simpler under load', { degraded: ['candidates_fewer'] }],
    ['refused under load', { failed: 'overloaded' }],
    ['asked while the server is under load', {}, { loaded: true }],
    [
      'not asking for what differs',
      { rerank: false },
      {
        experiment: {
          definition: {
            ...presetDefinition('model', settings),
            canary: { ...NO_CHANGE, retrieval: { rerank: { depth: 5 } } },
          },
        },
      },
    ],
    [
      'given by name',
      {},
      {
        experiment: {
          definition: {
            ...presetDefinition('model', settings),
            overrides: [{ field: 'userId', values: ['u1', 'u2', 'u3', 'u4'], arm: 'canary' }],
          },
        },
      },
    ],
  ])('but not one that is %s', (_, asked, trying) => {
    const { ask, requests } = arrange(trying);
    for (const user of ['u1', 'u2', 'u3', 'u4']) ask(user, asked);
    expect(requests()).toEqual([0, 0]);
  });

  it('so that a cache which knows more of the larger arm makes no canary look worse', () => {
    const random = randomOf(SEED).next;
    // Each question is slow one time in four, whoever asks; few are asked often, and each arm remembers what it has answered.
    const { ask, progressed } = arrange({ experiment: { percentage: 5 } });
    const known = new Map<string, Set<number>>();
    for (let at = 0; at < 20_000; at++) {
      const question = Math.floor(2000 * random() ** 3);
      const knows = ({ key }: Given): boolean => known.get(key)?.has(question) ?? false;
      let mine = '';
      const isKnown = (given: Given): boolean => {
        if (mine === '') mine = given.key;
        return knows(given);
      };
      ask(`u${Math.floor(5000 * random())}`, { knows: isKnown, tookMs: random() < 0.25 ? 900 : 10 });
      known.set(mine, (known.get(mine) ?? new Set()).add(question));
    }
    expect(progressed, `seed ${SEED}`).toEqual([]);
  });
});

describe('a canary', () => {
  const fails = (asks: ReturnType<typeof arrange>, more: Asked): void => {
    for (let user = 0; user < 60 && asks.progressed.length === 0; user++) {
      const { arm } = asks.ask(`probe${user}`, { ran: false });
      asks.ask(`probe${user}`, arm === 'canary' ? more : {});
    }
  };

  it.each<[string, Asked, RegExp]>([
    ['fails again and again', { failed: 'internal' }, /5 requests failed/],
    ['has a model that fails', { degraded: ['rerank_failed'] }, /5 requests failed/],
    ['is slow', { tookMs: 900 }, /slow is more frequent/],
    ['finds nothing', { empty: true }, /empty is more frequent/],
    ['leaves out more', { degraded: ['rerank_partial'] }, /degraded is more frequent/],
  ])('that %s is rolled back with the request that shows it', (_, more, reason) => {
    const asks = arrange();
    fails(asks, more);
    expect(asks.progressed).toEqual([['model', { phase: 'rolled_back' }, expect.stringMatching(reason) as string]]);
  });

  it('is so while it is paused, too', () => {
    const asks = arrange({ experiment: { phase: 'paused' } });
    fails(asks, { failed: 'internal' });
    expect(asks.progressed[0]![1]).toEqual({ phase: 'rolled_back' });
  });

  it('is not for what it is meant to do, nor for what lies in the query', () => {
    const asks = arrange();
    fails(asks, { degraded: ['rerank_off', 'dense_language'] });
    expect(asks.progressed).toEqual([]);
  });
});

describe('step after step', () => {
  it('it goes up when a step has lasted and enough was seen of it, and only by its own counts', () => {
    const { watching, ask, progressed, clock, state, one } = arrange({
      experiment: { stepped: true, step: 4, stepAtMs: 1_000_000 },
    });
    for (let user = 0; user < 1400; user++) ask(`u${user}`);
    watching.step();
    expect(progressed).toEqual([]);
    clock.ms += one.definition.plan.stepSecondsMin * 1000;
    watching.step();
    expect(progressed).toMatchObject([['model', { phase: 'running', step: 5, percentage: 100 }, /no worse at 50/]]);
    const next = { ...one, step: 5, percentage: 100, stepAtMs: clock.ms };
    watching.follow({ ...state, experiments: [next] });
    expect(watching.status(next)).toMatchObject({ onThisStep: { control: 0, canary: 0 } });
  });

  it('what was seen is there again after a restart, of the same run and of no other', () => {
    const first = arrange();
    for (let user = 0; user < 50; user++) first.ask(`u${user}`, { tookMs: 900 });
    first.watching.step();
    const records = new Map(Object.entries(JSON.parse(JSON.stringify(first.watching.records)) as never));
    const same = arrange();
    same.watching.restore(records as never);
    expect(same.requests()).toEqual(first.requests());
    expect((same.watching.status(same.one) as { evidence: object }).evidence).toEqual(
      (first.watching.status(first.one) as { evidence: object }).evidence,
    );
    const other = arrange({ experiment: { run: 'r2' } });
    other.watching.restore(records as never);
    expect(other.requests()).toEqual([0, 0]);
  });
});
