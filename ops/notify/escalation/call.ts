/** Whose turn is it, and what comes after this call? */
import type { Severity } from '../../incident-type.ts';
import { keyOf } from './follow.ts';
import { type IncidentView, noticeOf } from './incident.ts';
import { bySeverity, type Rules } from './rules.ts';
import type { Dispatch, Track } from './state.ts';

/** A call that is due. */
export interface Call {
  readonly track: Track;
  readonly view: IncidentView;
  readonly level: number;
  readonly repeats: number;
  readonly channels: readonly string[];
}

/** Null where everybody has been called as often as may be, or there is nobody. */
export function callOf(track: Track, view: IncidentView, rules: Rules): Call | null {
  const { nextLevel, repeats } = track;
  return (
    firstFrom(nextLevel, repeats, track, view, rules) ??
    (repeats < rules.repeatsMax ? firstFrom(1, repeats + 1, track, view, rules) : null)
  );
}

function firstFrom(from: number, repeats: number, track: Track, view: IncidentView, rules: Rules): Call | null {
  for (let level = from; level <= rules.levels.length; level++) {
    const channels = channelsOf(level, view.severity, rules);
    if (channels.length > 0) return { track, view, level, repeats, channels };
  }
  return null;
}

const channelsOf = (level: number, severity: Severity, { levels }: Rules): string[] =>
  levels[level - 1]!.filter(({ severityMin }) => bySeverity(severity, severityMin) <= 0).map(({ channel }) => channel);

/** After the call: the next one is due when its time is out. */
export function called({ track, view, level, repeats }: Call, nowMs: number, rules: Rules): Track {
  const timeoutMs = rules.timeoutMs[view.severity];
  return {
    ...track,
    level,
    repeats,
    nextLevel: level + 1,
    next: 'escalated',
    severity: view.severity,
    dueMs: timeoutMs === null ? null : nowMs + timeoutMs,
  };
}

/** What the call says, to whom; and the incident after it. */
export function place(call: Call, nowMs: number, rules: Rules): { readonly track: Track; readonly dispatch: Dispatch } {
  const { track, view, level, channels } = call;
  const notice = noticeOf(view, track.next, level);
  const told = [...new Set([...track.told, ...channels])];
  return {
    track: { ...called(call, nowMs, rules), count: track.count + 1, told, last: notice },
    dispatch: { key: keyOf(track), notice, channels },
  };
}
