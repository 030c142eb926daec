/** What is rehearsed: what goes wrong, who asks meanwhile, what has to be noticed and done about it, and how soon. */
import type { IncidentType } from '../incident-type.ts';
import type { Lane } from './load/index.ts';

/** As `POST /admin/faults` takes it. */
export interface FaultsAsked {
  readonly faults?: readonly {
    readonly target: 'reranker' | 'embedder' | 'query';
    readonly kind: 'throw' | 'hang' | 'slow' | 'nan';
    readonly ms?: number;
    readonly percent?: number;
  }[];
  readonly process?: {
    readonly cache?: 'throw';
    readonly pauseMs?: number;
    readonly clockAheadMs?: number;
    readonly logs?: 'full';
  };
}

/** What goes wrong; each is taken back when the scenario is over. */
export type Trouble =
  | { readonly kind: 'faults'; readonly asked: FaultsAsked }
  /** The same, for a moment, so many times. */
  | {
      readonly kind: 'blips';
      readonly asked: FaultsAsked;
      readonly times: number;
      readonly lastMs: number;
      readonly everyMs: number;
    }
  /** Memory is held until so much of what there is, is in use. */
  | { readonly kind: 'ballast'; readonly percent: number }
  /** Another generation serves, and a byte of it turns. */
  | { readonly kind: 'damage' }
  /** An experiment begins whose canary fails. */
  | { readonly kind: 'canary' }
  /** Somebody asks, beside the others. */
  | { readonly kind: 'lane'; readonly lane: Lane }
  /** The process stands still, from outside. */
  | { readonly kind: 'stop'; readonly ms: number }
  /** Every worker is replaced, as an operator does it. */
  | { readonly kind: 'restart' };

export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly trouble: Trouble;
  readonly lanes: readonly Lane[];
  /** Null of a decoy: it must stay silent. */
  readonly expected: Expected | null;
  /** For how long it goes on, seconds: a decoy always, a fault at most. */
  readonly lastsS: number;
}

export interface Expected {
  readonly type: IncidentType;
  /** From the first moment of the fault to the incident, seconds at most. */
  readonly detectSMax: number;
  /** To a 95th percentile below the objective again, while the fault goes on; null where that is not what it spoils. */
  readonly mitigateSMax: number | null;
  /** What the machine has to do by itself, with the effect that it is for. */
  readonly automatic: readonly string[];
  /** What it has to do by itself, though nothing helps while the fault goes on. */
  readonly tried: readonly string[];
}

/** Latency of the 95th percentile that is good, milliseconds: the objective of the runbook. */
export const GOOD_P95_MS = 800;
