/**
 * Who is to be told of which incident now? A pure function of what was remembered, what is so, and the time.
 *
 * Levels are called one after another, each when the time of the one before is out, and all of them again a few times; an
 * acknowledgement stops that for a while, mitigation until it fails, the end for good. Calls have a budget an hour, part of it for
 * critical incidents alone; what goes beyond it is told in a digest. Acknowledgements, mitigations and ends go to those who were
 * told of the incident, and cost nothing: there are no more of them than calls make necessary.
 */
import { type Call, called, callOf, place } from './call.ts';
import { endDigest, HOUR_MS, isOver, mayTell, tellDigest } from './digest.ts';
import { follow, forget } from './follow.ts';
import type { IncidentView } from './incident.ts';
import { quietReason } from './quiet.ts';
import { bySeverity, type Rules } from './rules.ts';
import type { Dispatch, EscalationState, Track } from './state.ts';

export interface Step {
  readonly state: EscalationState;
  readonly dispatches: readonly Dispatch[];
}

/** @param incidents all that there are; one that was here before and is missing is over */
export function step(before: EscalationState, incidents: readonly IncidentView[], nowMs: number, rules: Rules): Step {
  const { tracks, dispatches } = followAll(before.tracks, incidents, nowMs, rules);
  const callsMs = before.callsMs.filter((atMs) => atMs > nowMs - HOUR_MS && atMs <= nowMs);
  const keptBack: Call[] = [];
  for (const call of dueCalls(tracks, incidents, nowMs, rules)) {
    const reserved = call.view.severity === 'critical' ? 0 : rules.criticalReserve;
    if (callsMs.length >= rules.budgetPerHour - reserved) {
      keptBack.push(call);
      continue;
    }
    const placed = place(call, nowMs, rules);
    tracks.set(call.track.id, placed.track);
    dispatches.push(placed.dispatch);
    callsMs.push(nowMs);
  }
  let { digest } = before;
  if (digest !== null && isOver(digest, nowMs)) {
    dispatches.push(endDigest(digest, nowMs));
    digest = null;
  }
  if (mayTell(digest, keptBack, nowMs)) {
    const told = tellDigest(digest, keptBack, nowMs, rules);
    dispatches.push(told.dispatch);
    digest = told.digest;
    for (const call of keptBack) tracks.set(call.track.id, called(call, nowMs, rules));
  }
  return { state: { tracks: [...tracks.values()], callsMs, digest }, dispatches };
}

function followAll(
  before: readonly Track[],
  incidents: readonly IncidentView[],
  nowMs: number,
  rules: Rules,
): { tracks: Map<string, Track>; dispatches: Dispatch[] } {
  const known = new Map(before.map((track) => [track.id, track]));
  const tracks = new Map<string, Track>();
  const dispatches: Dispatch[] = [];
  for (const view of incidents) {
    const followed = follow(known.get(view.id) ?? null, view, nowMs, rules);
    known.delete(view.id);
    if (followed.track !== null) tracks.set(view.id, followed.track);
    dispatches.push(...followed.dispatches);
  }
  for (const track of known.values()) dispatches.push(...forget(track, nowMs).dispatches);
  return { tracks, dispatches };
}

/** The most severe first, then who has waited longest. Who cannot be called any more is not asked again. */
function dueCalls(tracks: Map<string, Track>, incidents: readonly IncidentView[], nowMs: number, rules: Rules): Call[] {
  const calls: Call[] = [];
  for (const view of incidents) {
    const track = tracks.get(view.id);
    if (track === undefined || track.dueMs === null || track.dueMs > nowMs) continue;
    if (quietReason(rules.quiet, view, nowMs) !== null) continue;
    const call = callOf(track, view, rules);
    if (call === null) tracks.set(view.id, { ...track, dueMs: null });
    else calls.push(call);
  }
  return calls.sort(
    (one, other) => bySeverity(one.view.severity, other.view.severity) || one.track.dueMs! - other.track.dueMs!,
  );
}
