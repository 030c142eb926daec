/** An SLO of OpenSLO as an objective of ours, or a refusal that says where it is not one. */
import { secondsOf } from '../durations.ts';
import { type Indicator, type Objective, shareOf } from '../objective.ts';
import { TARGET_PERCENT, THRESHOLD_MS, WINDOW_DAYS } from '../settings.ts';
import type { Cursor } from './cursor.ts';
import { ENDPOINTS_MAX, SOURCE_TYPE } from './kinds.ts';

const DAY_S = 86_400;

/** @param indicators specs of the file's SLIs, by name */
export function readSlo(name: string, slo: Cursor, indicators: ReadonlyMap<string, Cursor>): Objective {
  const spec = slo
    .at('spec')
    .only(
      'description',
      'service',
      'indicator',
      'indicatorRef',
      'timeWindow',
      'budgetingMethod',
      'objectives',
      'alertPolicies',
    );
  spec.at('budgetingMethod').oneOf(['Occurrences'], 'Count events; budgets of time slices are not kept');
  return {
    name,
    ...indicatorOf(spec, indicators),
    targetPercent: targetOf(spec.at('objectives').items(1)[0]!),
    windowDays: daysOf(spec.at('timeWindow').items(1)[0]!),
  };
}

function targetOf(objective: Cursor): number {
  objective.only('displayName', 'target', 'targetPercent');
  const { low, high } = TARGET_PERCENT;
  const remedy = 'Set a target below 100 %, or there is no error budget';
  const percent = objective.find('targetPercent');
  if (percent !== null) {
    if (objective.find('target') !== null)
      throw percent.fault('one of target and targetPercent', 'Take one of them out');
    return percent.number(low, high, remedy);
  }
  // 0.999 × 100 is 99.9, not 99.90000000000001.
  return Number((objective.at('target').number(shareOf(low), shareOf(high), remedy) * 100).toPrecision(12));
}

function daysOf(window: Cursor): number {
  window.only('duration', 'isRolling', 'calendar');
  const calendar = window.find('calendar');
  const rolling = 'Use a rolling window: isRolling: true, without calendar';
  if (calendar !== null) throw calendar.fault('no calendar', rolling);
  window.at('isRolling').oneOf([true], rolling);
  const { low, high } = WINDOW_DAYS;
  const text = window
    .at('duration')
    .text(
      `${low}d to ${high}d in whole days or weeks`,
      (duration) => inDays(duration) >= low && inDays(duration) <= high && Number.isInteger(inDays(duration)),
      'Choose such as 28d or 4w',
    );
  return inDays(text);
}

const inDays = (duration: string): number => (secondsOf(duration) ?? 0) / DAY_S;

type Counted = Pick<Objective, 'indicator' | 'endpoints'>;

function indicatorOf(spec: Cursor, indicators: ReadonlyMap<string, Cursor>): Counted {
  const reference = spec.find('indicatorRef');
  if (reference === null) return countedBy(spec.at('indicator').only('metadata', 'spec').at('spec'));
  if (spec.find('indicator') !== null) throw reference.fault('no indicator beside it', 'Take one of the two out');
  const name = reference.text(
    [...indicators.keys()].join(' or ') || 'the name of an SLI in this file',
    (text) => indicators.has(text),
    'Add the SLI to the file, or write the indicator inline',
  );
  return countedBy(indicators.get(name)!);
}

/** Numerator and denominator must speak of the same events. */
function countedBy(spec: Cursor): Counted {
  const ratio = spec.only('description', 'ratioMetric').at('ratioMetric').only('counter', 'good', 'bad', 'total');
  ratio.at('counter').oneOf([true], 'Our events only ever grow in number');
  const good = ratio.find('good');
  const bad = ratio.find('bad');
  if (good !== null && bad !== null) throw bad.fault('one of good and bad', 'Take one of them out');
  const numerator = good ?? bad ?? ratio.at('good');
  const total = ratio.at('total');
  const counted = sourceOf(numerator);
  if (JSON.stringify(sourceOf(total)) !== JSON.stringify(counted))
    throw total.fault(`the same spec as ${numerator.path}`, 'Give both the same indicator, threshold and endpoints');
  return counted;
}

function sourceOf(metric: Cursor): Counted {
  const source = metric.only('metricSource').at('metricSource').only('type', 'spec');
  source
    .at('type')
    .oneOf(
      [SOURCE_TYPE],
      `Only what wp-chat counts itself can be judged: type: ${SOURCE_TYPE}, and a spec with indicator and endpoints`,
    );
  const spec = source.at('spec').only('indicator', 'thresholdMs', 'endpoints');
  const endpoints = spec
    .at('endpoints')
    .items(ENDPOINTS_MAX)
    .map((endpoint) => endpoint.text('a path', (text) => /^\/[^\s;,]*$/.test(text), 'Write it as /search'));
  return { indicator: kindOf(spec), endpoints };
}

function kindOf(spec: Cursor): Indicator {
  const kind = spec.at('indicator').oneOf(['availability', 'latency'], 'These two are counted');
  if (kind === 'latency') {
    const remedy = 'Give the time in milliseconds, such as 800';
    return { kind, thresholdMs: spec.at('thresholdMs').number(THRESHOLD_MS.low, THRESHOLD_MS.high, remedy) };
  }
  const threshold = spec.find('thresholdMs');
  if (threshold !== null) throw threshold.fault('no threshold beside availability', 'Take it out');
  return { kind };
}
