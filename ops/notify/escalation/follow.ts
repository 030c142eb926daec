/**
 * What has become of an incident since the last look, and who of those that were told of it has to hear of that?
 *
 * Nothing here calls anybody: it says when the next call is due.
 */
import type { NoticeState } from '../notice.ts';
import { type IncidentView, noticeOf } from './incident.ts';
import { bySeverity, type Rules } from './rules.ts';
import type { Dispatch, Track } from './state.ts';

export interface Followed {
  /** Null where it is over. */
  readonly track: Track | null;
  readonly dispatches: readonly Dispatch[];
}

const GONE: Followed = { track: null, dispatches: [] };

/** @param before null where nothing was told of it; one that is over then stays so */
export function follow(before: Track | null, view: IncidentView, nowMs: number, rules: Rules): Followed {
  if (before === null) return view.phase === 'resolved' ? GONE : seen(begin(view, nowMs), view, nowMs, rules);
  if (view.phase === 'resolved') return { track: null, dispatches: tell(before, view, 'resolved').dispatches };
  const again: Track =
    before.reopened < view.reopened
      ? { ...before, ...begin(view, nowMs), count: before.count, told: before.told, last: before.last }
      : before;
  return seen(again, view, nowMs, rules);
}

/** One that its keeper has forgotten is told to be over. */
export function forget(track: Track, nowMs: number): Followed {
  const { last, told } = track;
  if (last === null || told.length === 0) return GONE;
  const notice = { ...last, state: 'resolved' as const, endedMs: nowMs };
  return { track: null, dispatches: [{ key: keyOf(track), notice, channels: told }] };
}

export const keyOf = ({ id, reopened, count }: Track): string => `${id}/${reopened}/${count}`;

function begin({ id, reopened }: IncidentView, nowMs: number): Track {
  return {
    id,
    reopened,
    count: 0,
    level: 0,
    nextLevel: 1,
    repeats: 0,
    dueMs: nowMs,
    next: reopened > 0 ? 'reopened' : 'opened',
    severity: null,
    acknowledgedMs: null,
    mitigated: false,
    told: [],
    last: null,
  };
}

function seen(before: Track, view: IncidentView, nowMs: number, rules: Rules): Followed {
  const dispatches: Dispatch[] = [];
  let track = before;
  const say = (state: NoticeState): void => {
    const told = tell(track, view, state);
    track = told.track;
    dispatches.push(...told.dispatches);
  };
  const { acknowledgedMs } = view;
  if (acknowledgedMs !== null && acknowledgedMs > (track.acknowledgedMs ?? Number.NEGATIVE_INFINITY)) {
    say('acknowledged');
    track = callAgain({ ...track, acknowledgedMs }, acknowledgedMs + rules.acknowledgedMs, 'escalated');
  }
  if (view.phase === 'mitigated' && !track.mitigated) {
    say('mitigated');
    track = { ...track, mitigated: true };
  } else if (view.phase === 'open' && track.mitigated) {
    track = callAgain({ ...track, mitigated: false }, nowMs, 'reopened');
  } else if (isWorse(track, view) && !isAcknowledged(track, nowMs, rules)) {
    track = callAgain(track, nowMs, 'escalated');
  }
  if (track.mitigated) return { track: { ...track, dueMs: null }, dispatches };
  return { track: { ...track, dueMs: within(track, view, nowMs, rules) }, dispatches };
}

/** At the level where it stood. */
function callAgain(track: Track, dueMs: number, why: 'escalated' | 'reopened'): Track {
  return { ...track, dueMs, nextLevel: Math.max(1, track.level), next: track.level === 0 ? track.next : why };
}

const isWorse = ({ severity }: Track, view: IncidentView): boolean =>
  severity !== null && bySeverity(view.severity, severity) < 0;

const isAcknowledged = ({ acknowledgedMs }: Track, nowMs: number, rules: Rules): boolean =>
  acknowledgedMs !== null && nowMs < acknowledgedMs + rules.acknowledgedMs;

/** A calendar that was set back must not keep everybody silent: no call is farther away than its time-out. */
function within({ dueMs }: Track, { severity }: IncidentView, nowMs: number, rules: Rules): number | null {
  const longestMs = Math.max(rules.acknowledgedMs, rules.timeoutMs[severity] ?? 0);
  return dueMs === null ? null : Math.min(dueMs, nowMs + longestMs);
}

function tell(track: Track, view: IncidentView, state: NoticeState): { track: Track; dispatches: Dispatch[] } {
  if (track.told.length === 0) return { track, dispatches: [] };
  const notice = noticeOf(view, state, track.level);
  return {
    track: { ...track, count: track.count + 1, last: notice },
    dispatches: [{ key: keyOf(track), notice, channels: track.told }],
  };
}
