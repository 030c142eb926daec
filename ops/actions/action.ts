/**
 * Something that is done about an incident: what it takes, what it would do, what it does, whether that helped, and how it is taken back.
 *
 * An action is a function over the process, never a line for a shell. Whoever asks for it (API, command line, dashboard, the automatic
 * policy) goes the same way through {@link ActionRunner}.
 */
import type { z } from 'zod';

/** Looks only; harmless, or taken back by itself, so that a machine may do it; may cost answers or data, and is asked about first. */
export type Risk = 'none' | 'low' | 'high';

export interface ActionDefinition<Parameters extends object = object> {
  /** Stable, such as `disable_rerank`. */
  readonly id: string;
  readonly title: string;
  /** What it does and what it costs, in a sentence or two. */
  readonly about: string;
  readonly risk: Risk;
  /** How the same is asked for by hand; and what the runbook prints in its place. */
  readonly command: string;
  readonly runbookCommand: string;
  /** Time after which it is given up. */
  readonly timeBudgetMs: number;
  /** Time after it ended in which it is not done again. */
  readonly cooldownMs: number;
  /** Actions with the same key are never under way at once; '' for those that only look. */
  readonly concurrencyKey: string;
  readonly parameters: z.ZodType<Parameters>;
  /** Why it must not be done now, and what to do instead; null where it may. */
  readonly objection?: (parameters: Parameters, about: About) => string | null | Promise<string | null>;
  /** What would happen, a sentence each; nothing is changed. */
  readonly preview: (parameters: Parameters) => readonly string[] | Promise<readonly string[]>;
  /** Does it. @throws EngineError where it cannot; ends soon after the signal */
  readonly run: (parameters: Parameters, asking: Asking) => Promise<Done>;
}

/** What it is done about. */
export interface About {
  readonly incidentId: string | null;
  readonly automatic: boolean;
}

export interface Asking extends About {
  readonly by: string;
  readonly signal: AbortSignal;
}

export interface Done {
  /** Whether anything is otherwise than before. */
  readonly changed: boolean;
  /** What was done, or found, in one sentence. */
  readonly said: string;
  /** What was found, for machines. */
  readonly details?: object;
  /** How it is taken back, within the process that did it; absent where it cannot be. */
  readonly undo?: () => Promise<string>;
  /** When it is taken back by itself, milliseconds from now; absent: never. */
  readonly expiresInMs?: number;
  /** Whether what it was for is so now, measured and not assumed; absent where the run itself shows it. */
  readonly probe?: (signal: AbortSignal) => Promise<Effect>;
}

export interface Effect {
  readonly ok: boolean;
  readonly said: string;
  /** What it was before and is now; null where there was nothing to measure. */
  readonly measured?: Measured;
}

export interface Measured {
  /** With its unit: `p95 ms`. */
  readonly measure: string;
  readonly before: number | null;
  readonly after: number | null;
}

export type RunState =
  | 'refused'
  | 'running'
  | 'done'
  | 'without_effect'
  | 'failed'
  | 'timed_out'
  | 'undone'
  | 'expired';

/** What is kept of one execution. */
export interface ActionRecord {
  /** Unique, sorts by time. */
  readonly runId: string;
  readonly actionId: string;
  readonly incidentId: string | null;
  readonly parameters: object;
  /** Who asked: a key, an address, or the automatic policy. */
  readonly by: string;
  readonly automatic: boolean;
  readonly state: RunState;
  readonly startedMs: number;
  /** Null while it runs. */
  readonly endedMs: number | null;
  readonly said: string;
  readonly details: object | null;
  readonly effect: Effect | null;
  /** Whether it can be taken back now. */
  readonly undoable: boolean;
  readonly expiresAtMs: number | null;
}
