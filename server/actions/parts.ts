/** What actions need of the process, and what others need of them. */
import type { Clock } from '../../engine/clock.ts';
import type { ActionRecord, ActionRunner, Acute, Risk, Severity } from '../../ops/actions/index.ts';
import type { ErrorLog, Judge } from '../../ops/index.ts';
import type { AnswerCache } from '../cache/index.ts';
import type { Experiments } from '../canary/index.ts';
import type { Config } from '../config/index.ts';
import type { Limits } from '../limits/index.ts';
import type { Care } from '../open-care.ts';
import type { Workers } from '../open-workers.ts';
import type { MeasuresParts } from './measures.ts';

export interface ActionsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly workers: Pick<Workers, 'pool' | 'batcher' | 'index' | 'models' | 'generation'>;
  readonly cache: AnswerCache;
  readonly limits: Limits;
  readonly experiments: Experiments;
  readonly care: Pick<Care, 'backups' | 'verifications' | 'rebuilds'>;
  /** Asked when it is needed. */
  readonly judge: () => Judge;
  readonly errors: Pick<ErrorLog, 'recent'>;
  /** Told of each change of a record, refusals too: for the audit log and the incident. Awaited before an action begins. */
  readonly told: (record: ActionRecord) => Promise<void> | void;
  /** What an effect gets to show; timers of the process where not given. */
  readonly wait?: NonNullable<MeasuresParts['wait']>;
}

/** One step of what the runbook does about an incident. */
export interface Procedure {
  readonly action_id: string;
  readonly name: string;
  readonly description: string;
  readonly command: string;
  /** In whose place that is. */
  readonly runbook_command: string;
  /** JSON Schema. */
  readonly parameters: object;
  readonly requires_confirmation: boolean;
  readonly risk: Risk;
  /** Seconds. */
  readonly estimated_time: number;
  /** Whether the machine does it by itself, as severe as the incident is. */
  readonly automatic: boolean;
  /** Why it would be refused now; null where it would not. */
  readonly objection: string | null;
}

/** An incident as far as its procedures depend on it. */
export type Concerned = Pick<Acute, 'id' | 'type'> & { readonly severity: Severity };

export interface Actions {
  readonly runner: ActionRunner;
  /** Remembers what an incident is, for what an action may be done for. */
  learn(incident: Concerned): void;
  procedures(incident: Concerned): Promise<readonly Procedure[]>;
  readonly automatic: {
    status(): { readonly enabled: boolean; readonly paused: string | null };
    /** Begins again after actions that did not help. */
    reset(): void;
    /**
     * To be called once a second with the incidents that are open: begins what is due, and takes back what is over. Does not wait for
     * it, and never throws.
     */
    step(incidents: readonly Acute[]): void;
  };
  /** Resolves when nothing that was begun by itself is under way. */
  settled(): Promise<void>;
  /** Begins nothing more, and waits for what is under way, though not for long. */
  close(): Promise<void>;
}
