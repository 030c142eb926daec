/** What does the word of another process make of the state here? Pure; null where there is nothing new in it. */

import { withOne } from './moves.ts';
import type { CanaryNotice } from './notices.ts';
import { AUTOMATIC, type CanaryState, type Experiment, experimentOf, isLive, type ProgressNote } from './state.ts';

/** What was heard of how far experiments have come: it may come before what it is about. */
export interface Heard {
  readonly progress: Map<string, ProgressNote>;
  readonly rolledBack: Map<string, ProgressNote>;
}

export function followed(state: CanaryState, notice: CanaryNotice, heard: Heard): CanaryState | null {
  switch (notice.kind) {
    case 'stopped':
      return isSame(state.stop, notice.act) ? null : { ...state, stop: notice.act, stopSaidMs: notice.act.atMs };
    case 'cleared': {
      const { stop } = state;
      // Who cleared another stop before has not looked at the damage for which this process stopped itself.
      const isOlder = stop?.by === AUTOMATIC && notice.act.atMs <= stop.atMs;
      return stop === null || isOlder ? null : { ...state, stop: null, stopSaidMs: notice.act.atMs };
    }
    case 'forgotten': {
      const one = experimentOf(state, notice.name);
      if (one === undefined || isLive(one)) return null;
      return { ...state, experiments: state.experiments.filter((other) => other !== one) };
    }
    case 'experiment':
      return changed(state, caughtUp(notice.experiment, heard));
    case 'progress':
    case 'rolled_back': {
      heard[notice.kind === 'progress' ? 'progress' : 'rolledBack'].set(notice.name, notice.note);
      const one = experimentOf(state, notice.name);
      return one === undefined ? null : changed(state, caughtUp(one, heard));
    }
  }
}

/** With what was found out since. Who was rolled back stays so, whatever step another process took. */
function caughtUp(one: Experiment, { progress, rolledBack }: Heard): Experiment {
  const back = rolledBack.get(one.name);
  if (back?.revision === one.revision) return { ...one, ...back };
  const note = progress.get(one.name);
  if (note?.revision !== one.revision || one.phase === 'rolled_back') return one;
  return note.last.atMs > one.last.atMs ? { ...one, ...note } : one;
}

function changed(state: CanaryState, one: Experiment): CanaryState | null {
  const before = experimentOf(state, one.name);
  return before !== undefined && isSame(before, one) ? null : withOne(state, one);
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);
