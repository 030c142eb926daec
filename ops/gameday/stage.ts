/** What a rehearsal needs of the server that it is on; whoever starts it knows how. */
import type { Target } from '../capacity/index.ts';

export interface Stage {
  readonly target: Target;
  /** Asks an operator's route. @throws EngineError with the code of its refusal */
  ask<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer>;
  /** What a route answers as it stands. */
  text(path: string): Promise<string>;
  /** Of the server; null where it may not be signalled. */
  readonly pid: number | null;
  /** Turns a byte of a generation on the disk; null where its files are not at hand. */
  readonly damage: ((generation: string) => void) | null;
}

/** @param ms for that long, or until it is called off */
export type Pause = (ms: number) => Promise<void>;
