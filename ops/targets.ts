/** What detectors hold traffic against: the first objective of each kind, or the settings where a file names none. */
import type { DetectObjectives } from './detect/index.ts';
import { type Objective, type SloSettings, shareOf } from './slo/index.ts';

export interface Targets extends DetectObjectives {
  /** Answered later than this counts as slow, milliseconds. */
  readonly slowMs: number;
}

export function targetsOf(objectives: readonly Objective[], { availability, latency }: SloSettings): Targets {
  const available = objectives.find(({ indicator }) => indicator.kind === 'availability');
  const fast = objectives.flatMap(({ indicator, targetPercent }) =>
    indicator.kind === 'latency' ? [{ thresholdMs: indicator.thresholdMs, targetPercent }] : [],
  );
  const { thresholdMs, targetPercent } = fast[0] ?? latency;
  return {
    availabilityTarget: shareOf((available ?? availability).targetPercent),
    latencyTarget: shareOf(targetPercent),
    slowMs: thresholdMs,
  };
}
