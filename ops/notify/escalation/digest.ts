/**
 * What the budget keeps back is told all the same: once, in one notice.
 *
 * It stands for an hour; then it ends, and what is still kept back makes another one. Meanwhile it is told again for critical
 * incidents alone, a minute after the last time at the earliest.
 */
import type { Notice } from '../notice.ts';
import type { Call } from './call.ts';
import { bySeverity, type Rules } from './rules.ts';
import type { Digest, Dispatch } from './state.ts';

export const HOUR_MS = 3_600_000;
const AGAIN_MS = 60_000;
const NAMED_MAX = 20;
const TITLE_UNITS_MAX = 200;

/** Whether what is kept back may be told now. */
export function mayTell(digest: Digest | null, keptBack: readonly Call[], nowMs: number): boolean {
  if (keptBack.length === 0) return false;
  if (digest === null) return true;
  // A calendar that was set back is no reason to wait.
  const sinceMs = Math.abs(nowMs - digest.lastMs);
  return sinceMs >= AGAIN_MS && keptBack.some(({ view }) => view.severity === 'critical');
}

/** @param keptBack at least one, the most severe first */
export function tellDigest(
  before: Digest | null,
  keptBack: readonly Call[],
  nowMs: number,
  rules: Rules,
): {
  readonly digest: Digest;
  readonly dispatch: Dispatch;
} {
  const channels = [...new Set(keptBack.flatMap((call) => call.channels))];
  const notice = noticeOfDigest(before, keptBack, nowMs, rules);
  const count = before === null ? 0 : before.count;
  return {
    digest: { notice, count: count + 1, lastMs: nowMs, told: [...new Set([...(before?.told ?? []), ...channels])] },
    dispatch: { key: `${notice.incidentId}/${count}`, notice, channels },
  };
}

export const isOver = ({ notice }: Digest, nowMs: number): boolean => Math.abs(nowMs - notice.startedMs) >= HOUR_MS;

export function endDigest({ notice, count, told }: Digest, nowMs: number): Dispatch {
  const end: Notice = { ...notice, state: 'resolved', endedMs: nowMs };
  return { key: `${notice.incidentId}/${count}`, notice: end, channels: told };
}

function noticeOfDigest(before: Digest | null, keptBack: readonly Call[], nowMs: number, rules: Rules): Notice {
  const worst = keptBack[0]!.view;
  const named = keptBack
    .slice(0, NAMED_MAX)
    .map(
      ({ view, level }) => `${view.severity} (level ${level}): ${view.title.slice(0, TITLE_UNITS_MAX)} [${view.id}]`,
    );
  if (keptBack.length > NAMED_MAX) named.push(`and ${keptBack.length - NAMED_MAX} more`);
  const severity =
    before !== null && bySeverity(before.notice.severity, worst.severity) < 0 ? before.notice.severity : worst.severity;
  return {
    incidentId: before?.notice.incidentId ?? `digest-${nowMs}`,
    type: 'digest',
    severity,
    state: before === null ? 'opened' : 'escalated',
    title: `${keptBack.length} more ${keptBack.length === 1 ? 'incident needs' : 'incidents need'} somebody, the worst is ${worst.severity}`,
    summary: [`The budget of ${rules.budgetPerHour} calls an hour is spent.`, ...named].join('\n'),
    startedMs: before?.notice.startedMs ?? nowMs,
    endedMs: null,
    numbers: { incidents: keptBack.length, callsPerHourMax: rules.budgetPerHour },
    links: worst.links,
    components: [...new Set(keptBack.flatMap(({ view }) => view.components))],
    level: Math.max(...keptBack.map(({ level }) => level)),
    fingerprint: 'digest',
  };
}
