/** What the judge thinks, as families of metrics: objectives, detectors, incidents. */
import type { ObjectiveStatus, Snapshot } from '../snapshot.ts';
import type { Family, NumberSample } from './exposition.ts';

const flag = (on: boolean): number => (on ? 1 : 0);

export function judgeFamilies({ objectives, detectors, incidents, arms }: Snapshot): Family[] {
  return [
    ...(objectives.length === 0 ? [] : objectiveFamilies(objectives)),
    {
      name: 'wp_chat_detector_firing',
      type: 'gauge',
      help: 'Whether a detector fires, 1 or 0, and the incident that it belongs to.',
      samples: detectors.map(({ detector, incident, firing }) => ({
        labels: { detector, incident },
        value: flag(firing),
      })),
    },
    {
      name: 'wp_chat_detector_level',
      type: 'gauge',
      help: 'How near a detector is to firing: 0 calm, 1 at the threshold.',
      samples: detectors.map(({ detector, incident, level }) => ({ labels: { detector, incident }, value: level })),
    },
    {
      name: 'wp_chat_incidents_open',
      type: 'gauge',
      help: 'Open incidents by type and severity.',
      samples: countedIncidents(incidents),
    },
    {
      name: 'wp_chat_arm_share_ratio',
      type: 'gauge',
      help: 'Share of the traffic that an arm of the canary is meant to get.',
      samples: arms.map(({ arm, sharePercent }) => ({ labels: { arm }, value: sharePercent / 100 })),
    },
  ];
}

function countedIncidents(incidents: Snapshot['incidents']): NumberSample[] {
  const counts = new Map<string, { readonly labels: NumberSample['labels']; value: number }>();
  for (const { type, severity } of incidents) {
    const counted = counts.get(`${type} ${severity}`);
    if (counted === undefined) counts.set(`${type} ${severity}`, { labels: { type, severity }, value: 1 });
    else counted.value += 1;
  }
  return [...counts.values()];
}

function objectiveFamilies(objectives: readonly ObjectiveStatus[]): Family[] {
  const each = (name: string, help: string, value: (status: ObjectiveStatus) => number): Family => ({
    name,
    type: 'gauge',
    help,
    samples: objectives.map((status) => ({
      labels: { objective: status.name, indicator: status.indicator },
      value: value(status),
    })),
  });
  return [
    each('wp_chat_objective_target_ratio', 'Share of good events that is promised.', (of) => of.targetPercent / 100),
    each('wp_chat_objective_window_seconds', 'Time over which it is promised.', (of) => of.windowDays * 86_400),
    {
      name: 'wp_chat_objective_events',
      type: 'gauge',
      help: 'Events over the window of the objective, good and bad.',
      samples: objectives.flatMap(({ name, good, total }) => [
        { labels: { objective: name, quality: 'good' }, value: good },
        { labels: { objective: name, quality: 'bad' }, value: total - good },
      ]),
    },
    each(
      'wp_chat_error_budget_left_ratio',
      'Share of the error budget that is left over the window; below 0 when overspent.',
      (of) => of.budgetLeftPercent / 100,
    ),
    ...burnFamilies(objectives),
  ];
}

function burnFamilies(objectives: readonly ObjectiveStatus[]): Family[] {
  const burns = objectives.flatMap(({ name, burns }) => burns.map((burn) => ({ objective: name, ...burn })));
  // Two tiers may share a window; its rate is one, and is said once.
  const rates = new Map<string, NumberSample>();
  for (const { objective, longS, shortS, burnLong, burnShort } of burns) {
    for (const [seconds, value] of [[longS, burnLong] as const, [shortS, burnShort] as const]) {
      const window = durationText(seconds);
      if (value !== null) rates.set(JSON.stringify([objective, window]), { labels: { objective, window }, value });
    }
  }
  const tier = (value: (burn: (typeof burns)[number]) => number): NumberSample[] =>
    burns.map((burn) => {
      const { objective, severity, longS, shortS } = burn;
      const labels = { objective, severity, long: durationText(longS), short: durationText(shortS) };
      return { labels, value: value(burn) };
    });
  return [
    {
      name: 'wp_chat_error_budget_burn_rate',
      type: 'gauge',
      help: 'How fast the error budget burns over a window of time: 1 spends exactly all of it.',
      samples: [...rates.values()],
    },
    {
      name: 'wp_chat_error_budget_burn_rate_max',
      type: 'gauge',
      help: 'Burn rate beyond which a pair of windows fires.',
      samples: tier(({ burnMax }) => burnMax),
    },
    {
      name: 'wp_chat_error_budget_burn_firing',
      type: 'gauge',
      help: 'Whether a pair of windows fires, 1 or 0.',
      samples: tier(({ firing }) => flag(firing)),
    },
  ];
}

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** As Prometheus writes durations: the largest unit that divides it. */
function durationText(seconds: number): string {
  const unit = UNITS.find(([, length]) => seconds >= length && seconds % length === 0);
  return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
}
