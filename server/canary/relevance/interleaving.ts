/**
 * An answer that two arms share: both are asked at once, and their results are drafted into one list, of which the caller gets his page.
 *
 * Ranks are those of the list. Scores stay those of the arm that a result came from, so they need not fall. Facets, mode and models are the
 * control's. Where one arm has no answer the other's is given alone, and `degraded` says so.
 */
import type { Clock } from '../../../engine/clock.ts';
import type { Degradation, Hit, SearchOutcome, SearchRequest, SearchResult } from '../../../engine/types.ts';
import { coinOf, type Interleaved, interleave, type Owner } from '../../../ops/index.ts';

/** What tells the two apart. */
export interface Sides {
  readonly experiment: string;
  /** Arm and variants of each team; A is the control's. */
  readonly A: Side;
  readonly B: Side;
  /** Of the coin: who asks the same again gets the same list, and its next page fits. */
  readonly seed: string;
}

interface Side {
  readonly arm: string;
  readonly variants: readonly string[];
}

export interface Shared {
  readonly outcome: SearchOutcome;
  /** What became of each arm's own. */
  readonly control: SideOutcome;
  readonly canary: SideOutcome;
  /** Null where there was nothing to draft: one arm, or both, had no answer. */
  readonly interleaved: Interleaved | null;
}

export interface SideOutcome {
  readonly outcome: SearchOutcome;
  readonly tookMs: number;
}

type Ok = Extract<SearchOutcome, { kind: 'ok' }>;
type AskSide = (request: SearchRequest) => Promise<SearchOutcome>;

const LETTERS: Readonly<Record<Owner, string>> = { A: 'A', B: 'B', both: '=', none: '-' };

export async function askBoth(
  request: SearchRequest,
  sides: Sides,
  ask: AskSide,
  clock: Pick<Clock, 'nowUs'>,
): Promise<Shared> {
  const startUs = clock.nowUs();
  const side = async ({ variants }: Side): Promise<SideOutcome> => {
    const outcome = await ask({ ...request, offset: 0, topk: request.offset + request.topk, variants });
    return { outcome, tookMs: (clock.nowUs() - startUs) / 1000 };
  };
  const [control, canary] = await Promise.all([side(sides.A), side(sides.B)]);
  return { ...joined(control.outcome, canary.outcome, request, sides), control, canary };
}

type Joined = Pick<Shared, 'outcome' | 'interleaved'>;

function joined(a: SearchOutcome, b: SearchOutcome, request: SearchRequest, sides: Sides): Joined {
  if (a.kind === 'ok' && b.kind === 'ok') return drafted(a, b, request, sides);
  const only = a.kind === 'ok' ? a : b.kind === 'ok' ? b : null;
  return { outcome: only === null ? a : alone(only, request), interleaved: null };
}

function drafted({ result: a }: Ok, { result: b }: Ok, request: SearchRequest, sides: Sides): Joined {
  const { offset, topk, collapse } = request;
  const list = interleave(a.hits, b.hits, {
    idOf: collapse === 'post' ? ({ postId }) => postId : ({ id }) => id,
    depth: offset + topk,
    coin: coinOf(sides.seed),
  });
  const page = list.slice(offset);
  const slower = a.timings.totalMs >= b.timings.totalMs ? a : b;
  const result: SearchResult = {
    ...a,
    offset,
    hits: page.map(({ item }, at): Hit => ({ ...item, rank: offset + at + 1 })),
    total: Math.max(a.total, b.total),
    reranked: a.reranked || b.reranked,
    degraded: union(a.degraded, b.degraded),
    variants: [...new Set([...a.variants, ...b.variants])],
    timings: slower.timings,
    interleaved: true,
  };
  const teams = page.map(({ owner }) => LETTERS[owner]).join('');
  const { experiment, A, B } = sides;
  return { outcome: { kind: 'ok', result }, interleaved: { experiment, A: A.arm, B: B.arm, teams } };
}

function alone({ result }: Ok, { offset }: SearchRequest): Ok {
  const degraded = union(result.degraded, ['arm_failed']);
  return { kind: 'ok', result: { ...result, offset, hits: result.hits.slice(offset), degraded } };
}

const union = (one: readonly Degradation[], other: readonly Degradation[]): Degradation[] => [
  ...new Set([...one, ...other]),
];

/** All of a question but what changes from page to page, or from one asking to the next. */
export function questionOf(request: SearchRequest): string {
  const {
    offset: _,
    topk: __,
    deadlineAtMs: ___,
    explain: ____,
    facets: _____,
    variants: ______,
    ...question
  } = request;
  return JSON.stringify(question);
}
