/** What the judge cannot measure itself, and asks the process for at every step. */
import type { ArmBrief, CanaryBrief, IncidentBrief, Snapshot } from './snapshot.ts';

export interface ProcessState {
  readonly draining: boolean;
  readonly workers: number;
  readonly workersBusy: number;
  readonly workersLost: number;
  readonly queriesWaiting: number;
  readonly load: Snapshot['load'];
  readonly sharedIndexBytes: number;
  readonly index: Snapshot['index'];
  readonly changes: Snapshot['changes'];
  readonly models: Snapshot['models'];
  readonly cache: Pick<Snapshot['cache'], 'enabled' | 'entries' | 'bytes' | 'bytesMax'>;
  readonly incidents: readonly IncidentBrief[];
  /** What share of users each arm of a canary has. */
  readonly arms: readonly Pick<ArmBrief, 'arm' | 'sharePercent'>[];
  /** Asked when somebody looks. */
  readonly canary: () => CanaryBrief;
  /** Lines that logs of the process have lost, by name. */
  readonly lost: Readonly<Record<string, number>>;
}
