/** What the judge shows: plain numbers, made once a step, read by the dashboard, /stats and /metrics alike. */
import type { IncidentType, Severity } from './incident-type.ts';
import type { Talker } from './observation.ts';
import type { Outcome } from './sample.ts';
import type { Verdict } from './verdict.ts';

export interface PercentilesMs {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
}

/** A pair of windows: it fires while the budget burns faster than `burnMax` in both. */
export interface BurnStatus {
  readonly severity: Severity;
  readonly longS: number;
  readonly shortS: number;
  readonly burnMax: number;
  /** 1 spends exactly the budget over the objective's window; null where there were no events. */
  readonly burnLong: number | null;
  readonly burnShort: number | null;
  readonly firing: boolean;
}

export interface ObjectiveStatus {
  readonly name: string;
  readonly indicator: 'availability' | 'latency';
  /** Of a latency objective. */
  readonly thresholdMs: number | null;
  readonly endpoints: readonly string[];
  readonly targetPercent: number;
  readonly windowDays: number;
  /** Events over the window. */
  readonly good: number;
  readonly total: number;
  /** Null without events. */
  readonly attainedPercent: number | null;
  /** Share of the error budget that is left, below 0 when overspent; 100 without events. */
  readonly budgetLeftPercent: number;
  readonly burns: readonly BurnStatus[];
}

export interface Snapshot {
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  /** Counts every step; a gap says that some were missed. */
  readonly step: number;
  readonly process: {
    readonly version: string;
    /** On the clock of `Verdict.sinceS`. */
    readonly uptimeS: number;
    readonly draining: boolean;
    readonly workers: number;
    readonly workersBusy: number;
    readonly workersLost: number;
    readonly queriesWaiting: number;
  };
  /** What is done because more is asked than can be. */
  readonly load: {
    /** Of the ladder from whole answers to none. */
    readonly rung: string;
    /** 0 is whole answers. */
    readonly rungNo: number;
    /** Queries that may be inside at once. */
    readonly concurrencyLimit: number;
    readonly queueStands: boolean;
    /** Queries refused since the start, by reason. */
    readonly shed: Readonly<Record<string, number>>;
  };
  /** Events of the last step by outcome, all search endpoints together, a second. */
  readonly perSecond: Readonly<Record<Outcome, number>>;
  /** Answered searches of the last step; null where there were none. */
  readonly latency: PercentilesMs | null;
  readonly queueMsP95: number;
  readonly objectives: readonly ObjectiveStatus[];
  readonly detectors: readonly Verdict[];
  readonly cache: {
    readonly enabled: boolean;
    readonly lookupsPerSecond: number;
    /** Over the last minute; null without look-ups. */
    readonly hitPercent: number | null;
    readonly entries: number;
    readonly bytes: number;
    readonly bytesMax: number;
  };
  readonly limits: {
    readonly limitedPerSecond: number;
    readonly shedPerSecond: number;
    /** Of the last minute, busiest first. */
    readonly talkers: readonly Talker[];
  };
  readonly memory: {
    readonly residentBytes: number;
    readonly bytesMax: number;
    readonly heapBytes: number;
    readonly externalBytes: number;
    readonly sharedIndexBytes: number;
  };
  readonly cpuShare: number;
  readonly loop: { readonly delayMsMax: number; readonly utilisation: number; readonly gcShare: number };
  readonly index: {
    readonly generation: string;
    readonly createdAt: string;
    readonly posts: number;
    readonly passages: number;
    readonly bytes: number;
  };
  /** Documents that changed since the index was built. */
  readonly changes: {
    readonly documents: number;
    /** For how long there have been some; null where there are none. */
    readonly oldestS: number | null;
    /** Durable, and not found by their words yet; found by those, and not by their meaning yet. */
    readonly invisible: number;
    readonly withoutVectors: number;
    readonly journalBytes: number;
    readonly merging: boolean;
    /** Why the last merge failed, or why changes are refused; null where neither is so. */
    readonly fault: string | null;
  };
  readonly models: Readonly<Record<'embedder' | 'reranker', { readonly name: string; readonly state: string }>>;
  /** Empty until something opens them. */
  readonly incidents: readonly IncidentBrief[];
  /** One while there is no canary. */
  readonly arms: readonly ArmBrief[];
  readonly canary: CanaryBrief;
  /** What the judge itself could not keep: lines of logs and rings, by where they were lost. */
  readonly lost: Readonly<Record<string, number>>;
}

export interface IncidentBrief {
  readonly id: string;
  readonly type: IncidentType;
  readonly severity: Severity;
  readonly state: string;
  readonly openedMs: number;
  readonly summary: string;
}

export interface ArmBrief {
  readonly arm: string;
  readonly sharePercent: number;
  /** Over the last minute. */
  readonly requests: number;
  readonly bad: number;
  readonly latency: PercentilesMs | null;
}

/** What is tried on some of the users. */
export interface CanaryBrief {
  /** Who has stopped everything, and why; null while nothing is. */
  readonly stop: { readonly by: string; readonly reason: string; readonly atMs: number } | null;
  readonly experiments: readonly ExperimentBrief[];
}

export interface ExperimentBrief {
  readonly name: string;
  readonly phase: string;
  readonly sharePercent: number;
  /** 1-based; null where it does not go up by itself. */
  readonly step: { readonly at: number; readonly of: number } | null;
  /** Null of one whose arms are not compared now. */
  readonly seen: {
    readonly arms: Readonly<Record<'control' | 'canary', ComparedArm>>;
    /** That the canary is worse: 0 none, 1 enough to roll it back; and how it came to that, oldest first. */
    readonly evidence: number;
    readonly history: readonly number[];
    /** What holds the next step up. */
    readonly obstacles: readonly string[];
  } | null;
}

export interface ComparedArm {
  readonly requests: number;
  /** Shares, with their bounds; null without requests. */
  readonly bad: readonly {
    readonly kind: string;
    readonly rate: number | null;
    readonly low: number;
    readonly high: number;
  }[];
}

/** Columns of equal length for a chart, oldest first; null where there was nothing to measure. */
export interface Timeline {
  readonly resolutionS: number;
  readonly startS: readonly number[];
  /** A second, by outcome. */
  readonly perSecond: Readonly<Record<Outcome, readonly number[]>>;
  readonly p50Ms: readonly (number | null)[];
  readonly p95Ms: readonly (number | null)[];
  readonly p99Ms: readonly (number | null)[];
  /** Of the whole range: percentile (0 to 100) and milliseconds, dense towards 100. */
  readonly curve: readonly (readonly [percentile: number, ms: number])[];
}
