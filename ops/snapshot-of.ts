/** Puts together what the judge shows after a step. */

import { answeredOf, cacheOf, groupsOf, percentilesOf } from './groups.ts';
import type { Interval } from './metrics/interval.ts';
import type { Talker } from './observation.ts';
import type { Traffic } from './observe.ts';
import type { ProcessState } from './process-state.ts';
import type { ArmBrief, ObjectiveStatus, Snapshot } from './snapshot.ts';
import type { Verdict } from './verdict.ts';
import type { Vitals } from './vitals.ts';

export interface SnapshotParts {
  readonly timeMs: number;
  readonly step: number;
  readonly version: string;
  readonly uptimeS: number;
  readonly interval: Interval;
  readonly minute: readonly Interval[];
  readonly traffic: Traffic;
  readonly vitals: Vitals;
  readonly memoryBytesMax: number;
  readonly state: ProcessState;
  readonly talkers: readonly Talker[];
  readonly objectives: readonly ObjectiveStatus[];
  readonly detectors: readonly Verdict[];
  readonly lost: Readonly<Record<string, number>>;
}

export function snapshotOf(parts: SnapshotParts): Snapshot {
  const { interval, minute, traffic, vitals, state } = parts;
  const seconds = interval.lengthMs / 1000;
  const cache = cacheOf(minute);
  return {
    timeMs: Math.round(parts.timeMs),
    step: parts.step,
    process: {
      version: parts.version,
      uptimeS: Math.round(parts.uptimeS),
      draining: state.draining,
      workers: state.workers,
      workersBusy: state.workersBusy,
      workersLost: state.workersLost,
      queriesWaiting: state.queriesWaiting,
    },
    load: state.load,
    perSecond: perSecond(traffic, seconds),
    latency: percentilesOf(answeredOf(interval)),
    queueMsP95: traffic.queueMsP95,
    objectives: parts.objectives,
    detectors: parts.detectors,
    cache: {
      ...state.cache,
      lookupsPerSecond: traffic.cacheLookups / seconds,
      hitPercent: cache.lookups === 0 ? null : (100 * cache.hits) / cache.lookups,
    },
    limits: {
      limitedPerSecond: traffic.limited / seconds,
      shedPerSecond: traffic.shed / seconds,
      talkers: parts.talkers,
    },
    memory: {
      residentBytes: vitals.residentBytes,
      bytesMax: parts.memoryBytesMax,
      heapBytes: vitals.heapBytes,
      externalBytes: vitals.externalBytes,
      sharedIndexBytes: state.sharedIndexBytes,
    },
    cpuShare: vitals.cpuShare,
    loop: { delayMsMax: vitals.loopDelayMsMax, utilisation: vitals.loopUtilisation, gcShare: vitals.gcShare },
    index: state.index,
    changes: state.changes,
    models: state.models,
    incidents: state.incidents,
    arms: armBriefs(state, minute),
    canary: state.canary(),
    lost: parts.lost,
  };
}

function perSecond(traffic: Traffic, seconds: number): Snapshot['perSecond'] {
  const { answered, invalid, limited, shed, deadline, serverFailed, aborted } = traffic;
  return {
    answered: answered / seconds,
    invalid: invalid / seconds,
    limited: limited / seconds,
    shed: shed / seconds,
    deadline: deadline / seconds,
    failed: serverFailed / seconds,
    aborted: aborted / seconds,
  };
}

/** Every arm that has users or was asked. */
function armBriefs({ arms }: ProcessState, minute: readonly Interval[]): ArmBrief[] {
  const asked = groupsOf(minute, (series) => series.arm);
  const shares = new Map(arms.map(({ arm, sharePercent }) => [arm, sharePercent]));
  return [...new Set([...shares.keys(), ...asked.keys()])].map((arm) => {
    const { requests, bad, latency } = asked.get(arm) ?? { requests: 0, bad: 0, latency: null };
    return { arm, sharePercent: shares.get(arm) ?? 0, requests, bad, latency };
  });
}
