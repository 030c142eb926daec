/**
 * One model in processes of its own: as many as there are workers, so that an arm has as much of it as the workers have of theirs.
 *
 * A process that dies or hangs fails the question that it is on, and another takes its place, ever later where that happens again.
 * While there is none, questions fail at once.
 */
import { EngineError } from '../../engine/errors.ts';
import { findModel } from '../../engine/models/index.ts';
import type { OpenModel, ScorePairs } from './messages.ts';
import { ModelProcess } from './model-process.ts';

export interface Job {
  readonly pairs: ScorePairs['pairs'];
  readonly fault: ScorePairs['fault'];
  /** Wall-clock end, milliseconds since the epoch. */
  readonly endAtMs: number | null;
  /** Logits of the first pairs, as many as time allowed. */
  readonly resolve: (logits: readonly number[]) => void;
  readonly reject: (why: string) => void;
}

export interface OutsideModelParts extends Omit<OpenModel, 'kind'> {
  readonly processes: number;
  /** What an operator should know. */
  readonly report: (detail: string) => void;
}

/** Questions that wait; further ones fail. */
const WAITING_MAX = 64;
const AGAIN_MS = 250;
const AGAIN_MS_MAX = 30_000;

export class OutsideModel {
  readonly #parts: OutsideModelParts;
  readonly #idle: ModelProcess[] = [];
  readonly #all = new Set<ModelProcess>();
  readonly #line: Job[] = [];
  readonly #timers = new Set<NodeJS.Timeout>();
  #deaths = 0;
  #closed = false;

  constructor(parts: OutsideModelParts) {
    this.#parts = parts;
  }

  /** Starts all its processes. @throws EngineError model_missing | model_damaged | model_failed where one cannot answer */
  async open(): Promise<void> {
    const { directory, model, processes } = this.#parts;
    await requireReranker(directory, model);
    try {
      // Where the first cannot, none can.
      await this.#start();
      await Promise.all(Array.from({ length: processes - 1 }, () => this.#start()));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  ask(job: Job): void {
    if (this.#all.size === 0) job.reject('No process of it is there');
    else if (this.#line.length >= WAITING_MAX) job.reject('As many queries wait for it as may wait');
    else {
      this.#line.push(job);
      this.#dispatch();
    }
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    for (const one of this.#all) one.end();
    this.#failWaiting('It is not used any more');
  }

  async #start(): Promise<void> {
    const { directory, model } = this.#parts;
    let opened: ModelProcess | null = null;
    const died = (): void => {
      if (opened !== null) this.#lost(opened);
    };
    opened = await ModelProcess.open({ directory, model }, died);
    if (this.#closed) {
      opened.end();
      return;
    }
    this.#all.add(opened);
    this.#idle.push(opened);
    this.#dispatch();
  }

  #dispatch(): void {
    while (this.#idle.length > 0 && this.#line.length > 0) {
      const job = this.#line.shift()!;
      if (job.endAtMs !== null && Date.now() >= job.endAtMs) job.resolve([]);
      else void this.#run(this.#idle.pop()!, job);
    }
  }

  async #run(one: ModelProcess, { resolve, reject, ...job }: Job): Promise<void> {
    try {
      resolve(await one.score(job));
      this.#deaths = 0;
    } catch (error) {
      reject((error as EngineError).message);
    }
    if (one.lives) this.#idle.push(one);
    else this.#lost(one);
    this.#dispatch();
  }

  /** Told twice of most: when it does not answer, and when it is gone. */
  #lost(one: ModelProcess): void {
    if (!this.#all.delete(one) || this.#closed) return;
    const at = this.#idle.indexOf(one);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#parts.report(one.end());
    if (this.#all.size === 0) this.#failWaiting('No process of it is there');
    this.#startAgain();
  }

  #startAgain(): void {
    const afterMs = Math.min(AGAIN_MS_MAX, AGAIN_MS * 2 ** this.#deaths);
    this.#deaths += 1;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#start().catch((error: EngineError) => {
        if (this.#closed) return;
        this.#parts.report(error.message);
        this.#startAgain();
      });
    }, afterMs);
    this.#timers.add(timer);
  }

  #failWaiting(why: string): void {
    for (const { reject } of this.#line.splice(0)) reject(why);
  }
}

async function requireReranker(directory: string, model: string): Promise<void> {
  const { card, dir } = await findModel(directory, model);
  if (card.task === 'rerank') return;
  throw new EngineError(
    'model_missing',
    `Cannot use ${model}: expected a model that can rerank, got one that can ${card.task}`,
    { file: dir, expected: 'a model that can rerank', value: card.task },
  );
}
