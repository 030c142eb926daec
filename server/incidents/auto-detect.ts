/** What do the objectives say? The runbook's table over the last five minutes, and budgets that burn too fast; the worse of both. */

import { type By, type Incident, type IncidentKeeper, isWorse } from '../../ops/incidents/index.ts';
import {
  type IncidentType,
  type Judge,
  type ObjectiveStatus,
  recentLevel,
  type Severity,
  severityOf,
} from '../../ops/index.ts';
import type { Config } from '../config/index.ts';

export type Level = ReturnType<typeof recentLevel>;

export interface Violation {
  readonly type: IncidentType;
  readonly severity: Severity;
  readonly description: string;
}

type Slo = Config['ops']['slo'];

export function violationsOf(level: Level, objectives: readonly ObjectiveStatus[], slo: Slo): Violation[] {
  const { successPercent, latencyMsP95 } = level;
  const found = [
    violation('high_error_rate', severityOf({ successPercent, latencyMsP95: null }, slo), () => {
      return `${shown(successPercent)} % of ${level.requests} requests succeeded in the last five minutes`;
    }),
    violation('high_latency', severityOf({ successPercent: null, latencyMsP95 }, slo), () => {
      return `The 95th percentile of the last five minutes is ${shown(latencyMsP95)} ms`;
    }),
    ...objectives.map(burning),
  ].filter((one) => one !== null);
  const worst = new Map<IncidentType, Violation>();
  for (const one of found) {
    const known = worst.get(one.type);
    if (known === undefined || isWorse(one.severity, known.severity)) worst.set(one.type, one);
  }
  return [...worst.values()];
}

const violation = (type: IncidentType, severity: Severity | null, describe: () => string): Violation | null =>
  severity === null ? null : { type, severity, description: describe() };

function burning({ name, indicator, burns }: ObjectiveStatus): Violation | null {
  const fastest = burns
    .filter(({ firing }) => firing)
    .sort((one, other) => (isWorse(one.severity, other.severity) ? -1 : 1))[0];
  if (fastest === undefined) return null;
  const { severity, burnLong, longS, burnMax } = fastest;
  const type = indicator === 'latency' ? 'high_latency' : 'high_error_rate';
  const description = `The budget of ${name} burns ${shown(burnLong)} times as fast as it may over ${longS / 60} min (at most ${burnMax})`;
  return { type, severity, description };
}

const shown = (value: number | null): string => (value === null ? '–' : String(Number(value.toFixed(2))));

export interface AutoDetectParts {
  readonly keeper: IncidentKeeper;
  readonly judge: Judge;
  readonly slo: Slo;
}

/** Asked again while they are open, incidents stay as they are. */
export async function autoDetect(
  { keeper, judge, slo }: AutoDetectParts,
  who: By,
): Promise<{ readonly level: Level; readonly incidents: readonly Incident[]; readonly durable: boolean }> {
  const level = recentLevel(judge.history, judge.timeMs());
  const violations = violationsOf(level, judge.objectives, slo);
  const told = await Promise.all(
    violations.map(({ type, severity, description }) => {
      const open = keeper.active().find((incident) => incident.type === type);
      if (open !== undefined && !isWorse(severity, open.severity)) return { incident: open, durable: true };
      return keeper.detect({ type, severity, description, components: [] }, who, 'objectives');
    }),
  );
  return { level, incidents: told.map(({ incident }) => incident), durable: told.every(({ durable }) => durable) };
}
