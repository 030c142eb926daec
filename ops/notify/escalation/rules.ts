/** What the escalation goes by, as an operator set it. */
import { SEVERITIES, type Severity } from '../../incident-type.ts';
import type { Channel } from '../channels/channel.ts';
import { levelsOf, type NotifySettings } from '../settings.ts';
import type { Quiet } from './quiet.ts';

export interface Rules {
  /** Four of them: who is called at each. */
  readonly levels: readonly (readonly Called[])[];
  /** Null where nobody else is called. */
  readonly timeoutMs: Readonly<Record<Severity, number | null>>;
  readonly repeatsMax: number;
  /** How long an acknowledgement holds. */
  readonly acknowledgedMs: number;
  readonly budgetPerHour: number;
  /** Of the budget, for critical ones alone. */
  readonly criticalReserve: number;
  readonly quiet: Quiet;
}

export interface Called {
  readonly channel: string;
  readonly severityMin: Severity;
}

const MINUTE_MS = 60_000;

export function rulesOf(
  settings: NotifySettings,
  channels: ReadonlyMap<string, Channel>,
  silences: Quiet['silences'],
): Rules {
  const { timeoutMinutes, repeatsMax, acknowledgedMinutes, budgetPerHour, criticalReservePercent, maintenance } =
    settings;
  const timeoutOf = (severity: Severity): number | null =>
    timeoutMinutes[severity] === 0 ? null : timeoutMinutes[severity] * MINUTE_MS;
  return {
    levels: levelsOf(settings).map((names) =>
      names.map((channel) => ({ channel, severityMin: channels.get(channel)!.severityMin })),
    ),
    timeoutMs: {
      critical: timeoutOf('critical'),
      high: timeoutOf('high'),
      medium: timeoutOf('medium'),
      low: timeoutOf('low'),
    },
    repeatsMax,
    acknowledgedMs: acknowledgedMinutes * MINUTE_MS,
    budgetPerHour,
    criticalReserve: Math.floor((budgetPerHour * criticalReservePercent) / 100),
    quiet: { silences, maintenance },
  };
}

/** Negative where the first is worse. */
export const bySeverity = (one: Severity, other: Severity): number =>
  SEVERITIES.indexOf(one) - SEVERITIES.indexOf(other);
