/** A batcher whose workers, clock and calendar a test holds in its hands. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SearchOutcome, SearchRequest, Unscored } from '../../engine/types.ts';
import { Batcher, type SetTimer } from '../../server/batcher.ts';
import { configSchema } from '../../server/config/schema.ts';
import { LoadControl, overloadSchema, type Priority } from '../../server/overload/index.ts';
import { searchSchema, validateSearch } from '../../server/wire/index.ts';

const schema = searchSchema(configSchema.parse({}));
export const requestFor = (query: string, deadlineAtMs: number | null = null): SearchRequest => {
  const validated = validateSearch(schema, { query }, 0);
  if (!validated.ok) throw new Error('not valid');
  return { ...validated.value, deadlineAtMs };
};

const found = ({ query }: SearchRequest, tookMs: number): SearchOutcome => ({
  kind: 'ok',
  result: {
    query,
    mode: 'bm25',
    reranked: false,
    degraded: [],
    total: 0,
    offset: 0,
    hits: [],
    facets: {},
    timings: {
      queueMs: 0,
      embedMs: 0,
      denseMs: 0,
      lexicalMs: tookMs,
      fuseMs: 0,
      diversifyMs: 0,
      rerankMs: 0,
      documentsMs: 0,
      totalMs: tookMs,
    },
    generation: 'g',
    variants: [],
    model: { embedder: null, reranker: null },
  },
});

/** A message that a worker has been given and that waits for the test to end it. */
export interface Message {
  readonly queries: readonly string[];
  readonly requests: readonly SearchRequest[];
  /** @param tookMs each query of a worker */
  answer(tookMs?: number): Promise<void>;
  die(): Promise<void>;
  /** A model elsewhere has to score something first, for each of these. */
  lack(): Promise<void>;
  /** Something was stopped since it left. */
  stop(): Promise<void>;
}

/** A question to a model elsewhere that waits for the test to answer it. */
export interface OutsideQuestion {
  readonly query: string;
  answer(tookMs?: number): Promise<void>;
}

const UNSCORED: Unscored = { kind: 'unscored', model: 'tried', known: new Map(), pairs: [], tookMs: 1 };

/** A batcher whose workers and clock the test holds in its hands. */
export function gated({ workers = 1, dispatchQueriesMax = 16, queueQueriesMax = 100, overload = {} } = {}) {
  const messages: Message[] = [];
  const outside: OutsideQuestion[] = [];
  const clock = {
    us: 0,
    ms: 0,
    nowUs: () => clock.us,
    wallMs: () => clock.ms,
  };
  const timers = new Map<() => void, number>();
  const setTimer: SetTimer = (fire, afterMs) => {
    timers.set(fire, clock.ms + afterMs);
    return () => timers.delete(fire);
  };
  /** Lets the calendar go on, and what is due then happen. */
  const passTo = async (ms: number): Promise<void> => {
    clock.ms = ms;
    for (const [fire, atMs] of timers) {
      if (atMs > ms) continue;
      timers.delete(fire);
      fire();
    }
    await turn();
  };
  const settings = { ...overloadSchema.parse({ enabled: false, ...overload }), candidates: 200, rerankDepth: 20 };
  const control = new LoadControl({ settings, workers, queueQueriesMax, nowMs: 0 });
  const batcher = new Batcher(
    (requests) =>
      new Promise((resolve, reject) => {
        const settled = async (act: () => void): Promise<void> => {
          act();
          await turn();
        };
        messages.push({
          queries: requests.map(({ query }) => query),
          requests,
          answer: (tookMs = 1.25) => settled(() => resolve(requests.map((request) => found(request, tookMs)))),
          die: () => settled(() => reject(new Error('the thread ended'))),
          stop: () => settled(() => resolve(requests.map(() => ({ kind: 'stopped' as const })))),
          lack: () => settled(() => resolve(requests.map(() => UNSCORED))),
        });
      }),
    {
      ...{ workers, dispatchQueriesMax, queueQueriesMax, clock, control, setTimer },
      scoreOutside: (_, { query }) =>
        new Promise((resolve) => {
          const answer = async (tookMs = 5): Promise<void> => {
            resolve({ model: 'tried', logits: new Map(), failed: null, tookMs });
            await turn();
          };
          outside.push({ query, answer });
        }),
    },
  );
  const outcomes = new Map<string, SearchOutcome>();
  const submit = (...queries: string[]): void => {
    for (const query of queries) void batcher.submit(requestFor(query)).then((outcome) => outcomes.set(query, outcome));
  };
  /** As `submit`, in a class of its own. */
  const submitAs = (priority: Priority, ...queries: string[]): void => {
    for (const query of queries)
      void batcher.submit(requestFor(query), priority).then((outcome) => outcomes.set(query, outcome));
  };
  const given = (): (readonly string[])[] => messages.map(({ queries }) => queries);
  return { batcher, control, clock, messages, outside, outcomes, submit, submitAs, given, passTo, timers };
}
