/** Days of a site, lived through by the detectors and by what others do, each before a referee. */
import { createDetectors, type DetectSettings, type Watched } from '../../ops/detect/index.ts';
import { Baselines } from './baselines.ts';
import { fresh } from './conditions.ts';
import { DECOYS, type DecoyKind } from './decoys.ts';
import { FAULTS, type FaultKind } from './faults.ts';
import { type Plan, planOf, Under } from './plan.ts';
import { Random } from './random.ts';
import { Referee, type Tally } from './referee.ts';
import { Site } from './site.ts';

export interface ReplayTask {
  readonly days: number;
  /** Searches a second on average. */
  readonly perS: number;
  readonly seed: number;
}

export interface ReplayOutcome {
  readonly detectors: Tally;
  /** The same sums for errors and slowness with the parameters of the measured comparison that the bars come from. */
  readonly published: Tally;
  readonly pages: Tally;
  readonly fiveMinutes: Tally;
}

/** The objectives that the runbook sets. */
const AVAILABILITY_TARGET = 0.995;
const LATENCY_TARGET = 0.95;
/** The site draws from a stream of its own, so that what happens does not depend on what is planned. */
const SITE_STREAM = 2 ** 32;

/** What all judge; the first two of the detectors. */
const BUDGET_PLAYERS: readonly Watched[] = [
  { detector: 'errors', incident: 'high_error_rate' },
  { detector: 'slowness', incident: 'high_latency' },
];

/** 4 budgets, at most 4 a second, and 2 budgets, at most 2 a second; one in a trillion. */
const PUBLISHED = { fastMultiple: 4, fastCapPerS: 4, slowMultiple: 2, slowCapPerS: 2, evidenceDecades: 12 } as const;

/** @param eachDay called with the number of days that are over */
export function replay(
  { days, perS, seed }: ReplayTask,
  settings: DetectSettings,
  eachDay: (day: number) => void = () => {},
): ReplayOutcome {
  const plan = planOf(days, seed);
  const site = new Site(perS, new Random(seed + SITE_STREAM));
  const objectives = { availabilityTarget: AVAILABILITY_TARGET, latencyTarget: LATENCY_TARGET };
  const detectors = createDetectors(settings, objectives);
  const publishedDetectors = createDetectors(
    { ...settings, errors: { ...settings.errors, ...PUBLISHED }, slowness: { ...settings.slowness, ...PUBLISHED } },
    objectives,
  );
  const baselines = new Baselines(AVAILABILITY_TARGET, LATENCY_TARGET);
  const ours = new Referee(plan, detectors.watched);
  const published = new Referee(plan, BUDGET_PLAYERS);
  const pages = new Referee(plan, BUDGET_PLAYERS);
  const fiveMinutes = new Referee(plan, BUDGET_PLAYERS);
  for (const { second, observation } of lifeOf(plan, site)) {
    ours.step(second, detectors.advance(observation));
    published.step(second, publishedDetectors.advance(observation).slice(0, BUDGET_PLAYERS.length));
    baselines.step(observation);
    pages.step(second, baselines.pages);
    fiveMinutes.step(second, baselines.fiveMinutes);
    if ((second + 1) % 86_400 === 0) eachDay((second + 1) / 86_400);
  }
  return { detectors: ours.tally, published: published.tally, pages: pages.tally, fiveMinutes: fiveMinutes.tally };
}

/** Second by second what the site's process would observe. */
export function* lifeOf(plan: Plan, site: Site) {
  const faults = new Under(plan.faults);
  const decoys = new Under(plan.decoys);
  const now = fresh();
  for (let second = 0; second < plan.lengthS; second++) {
    site.ordinary(second, now);
    for (const { name, startS, endS, strength } of decoys.at(second)) {
      const kind: DecoyKind = DECOYS[name];
      kind.bend(now, second - startS, endS - startS, strength);
    }
    for (const { name, startS, endS, strength } of faults.at(second)) {
      const kind: FaultKind = FAULTS[name];
      kind.bend(now, second - startS, endS - startS, strength);
    }
    yield { second, observation: site.observe(second, now) };
  }
}
