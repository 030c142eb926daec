/** The question itself: at how many requests a second does the 95th percentile reach the threshold, and how sure is that? */
import type { LoadStep } from '../load/load-step.ts';
import { randomOf } from '../random.ts';
import { type CurvePoint, crossingOf, percentileMs } from './crossing.ts';
import { middleOf, percentileDraws, resampled } from './resample.ts';
import { modelledLimit, oneByOneLimit, type StageModel, stageModel } from './stages.ts';
import type { UslFit } from './usl.ts';

/**
 * `measured`: between two loads that were run. `extrapolated`: beyond them, by the model. `at_least`: not reached, and no
 * model of the stages to go on with. `never`: one request alone takes longer. `at_most`: the lightest load was too much.
 */
export type LimitKind = 'measured' | 'extrapolated' | 'at_least' | 'at_most' | 'never';

export interface Limit {
  readonly kind: LimitKind;
  /** Requests a second. */
  readonly perSecond: number;
  /** 95 % interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  /** What the model of the stages says, extrapolated or not; null without one. */
  readonly modelled: number | null;
  /** What it would be if workers took requests one by one instead of in batches; null without a model. */
  readonly oneByOne: number | null;
}

export interface LimitQuestion {
  readonly loads: readonly LoadStep[];
  readonly thresholdMs: number;
  readonly workers: number | null;
  readonly batchMax: number;
  readonly seed: number;
}

const PERCENTILE = 95;
const DRAWS = 400;
/** Each of these fits a model anew. */
const MODEL_DRAWS = 40;

const pointOf = (load: LoadStep): CurvePoint => ({
  perSecond: load.perSecond,
  ms: percentileMs(load, PERCENTILE),
  weight: load.answered + load.failed,
});

export function limitOf(question: LimitQuestion, model: StageModel | null, usl: UslFit | null): Limit {
  const { loads, thresholdMs } = question;
  const modelled = model === null ? null : modelledLimit(model, thresholdMs);
  const oneByOne = model === null ? null : oneByOneLimit(model, thresholdMs);
  const found = (kind: LimitKind, perSecond: number, interval: Pick<Limit, 'low' | 'high'>): Limit => ({
    kind,
    perSecond,
    ...interval,
    modelled,
    oneByOne,
  });
  const crossing = crossingOf(loads.map(pointOf), thresholdMs);
  if (crossing.perSecond !== null) return found('measured', crossing.perSecond, measuredInterval(question));
  if (modelled === 0) return found('never', 0, { low: null, high: null });
  const [first, last] = [loads[0]!.perSecond, loads.at(-1)!.perSecond];
  const above = crossing.kind === 'above_all';
  // A model that contradicts what was measured is not asked.
  if (modelled !== null && (above ? modelled < first : modelled > last))
    return found('extrapolated', modelled, modelledInterval(question));
  return above
    ? found('at_most', first, { low: null, high: first })
    : found('at_least', last, { low: last, high: usl?.peak?.high ?? null });
}

/** Steps are drawn as well as the stretches within them: a neighbour's work disturbs one step and not the next. */
function measuredInterval({ loads, thresholdMs, seed }: LimitQuestion): Pick<Limit, 'low' | 'high'> {
  const random = randomOf(seed);
  const steps = loads.map((load) => ({ point: pointOf(load), draw: percentileDraws(load, PERCENTILE) }));
  const draws: number[] = [];
  for (let n = 0; n < DRAWS; n++) {
    const points = steps.map(() => {
      const { point, draw } = steps[random.below(steps.length)]!;
      return { ...point, ms: draw(random) };
    });
    points.sort((a, b) => a.perSecond - b.perSecond);
    const { kind, perSecond } = crossingOf(points, thresholdMs);
    draws.push(perSecond ?? points[kind === 'below_all' ? points.length - 1 : 0]!.perSecond);
  }
  return middleOf(draws);
}

function modelledInterval({ loads, thresholdMs, workers, batchMax, seed }: LimitQuestion): Pick<Limit, 'low' | 'high'> {
  const random = randomOf(seed);
  const draws: number[] = [];
  for (let n = 0; n < MODEL_DRAWS; n++) {
    const model = stageModel(
      loads.map((load) => resampled(load, random)),
      workers ?? 1,
      batchMax,
    );
    if (model !== null) draws.push(modelledLimit(model, thresholdMs));
  }
  return draws.length === 0 ? { low: null, high: null } : middleOf(draws);
}
