/**
 * From one generation to another while queries come in.
 *
 * ```
 * idle ─▶ loading   a keeper checks the files and reads them into memory, beside those that serve
 *      ─▶ opening   one worker after the other opens it
 *      ─▶ leaving   new queries go to it; the old one is waited for until its last query has ended, then let go of everywhere
 *      ─▶ idle
 * ```
 * Whatever fails before the last step leaves the old one serving. There are never more than two.
 */
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import type { EnginePool, Kept, ModelsReport } from '../pool/index.ts';

export interface SwapPorts {
  readonly pool: Pick<EnginePool, 'serving' | 'open' | 'goOverTo' | 'letGo'>;
  /** Reads a generation into memory. */
  readonly load: (generation: string) => Promise<Kept>;
  /** Keeps a generation on the disk until the returned function is called. */
  readonly lease: (generation: string) => () => void;
  /** What CURRENT names. */
  readonly current: () => string | null;
  /** Lets CURRENT name what serves. @throws EngineError index_busy | index_unwritable */
  readonly point: (serving: Pick<Kept, 'manifest' | 'seal'>) => void;
  /** Whole ones on the disk, oldest first. */
  readonly names: () => readonly string[];
  /** How it stands with what changed since the generation was built. */
  readonly changes: () => object;
  /** Told of each end. */
  readonly report: (event: 'index_swapped' | 'index_swap_failed', detail: string | null) => void;
  readonly wallMs: () => number;
}

export type Phase = 'loading' | 'opening' | 'leaving';

export interface SwapUnderway {
  readonly phase: Phase;
  readonly from: string;
  readonly to: string;
  readonly sinceMs: number;
}

export interface SwapDone {
  readonly from: string;
  readonly to: string;
  readonly atMs: number;
  /** Until queries went to it. */
  readonly tookMs: number;
}

export interface SwapFailed {
  readonly generation: string;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly atMs: number;
}

export type SwapOutcome =
  | { readonly kind: 'swapped'; readonly done: SwapDone; readonly models: ModelsReport }
  | { readonly kind: 'serving'; readonly generation: string }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

export class IndexSwap {
  readonly #ports: SwapPorts;
  #models: ModelsReport;
  #release: () => void;
  #underway: SwapUnderway | null = null;
  #outcome: Promise<SwapOutcome> | null = null;
  #left: Promise<void> = Promise.resolve();
  last: SwapDone | null = null;
  failed: SwapFailed | null = null;

  /**
   * @param models how they stand over what serves
   * @param release of its lease
   */
  constructor(ports: SwapPorts, models: ModelsReport, release: () => void) {
    this.#ports = ports;
    this.#models = models;
    this.#release = release;
  }

  get serving(): string {
    return this.#ports.pool.serving.manifest.generation;
  }

  /** How they stand over what serves. */
  get models(): ModelsReport {
    return this.#models;
  }

  /** The workers were replaced by others, which say how models stand now. */
  reopened(models: ModelsReport): void {
    this.#models = models;
  }

  get underway(): SwapUnderway | null {
    return this.#underway;
  }

  get ports(): SwapPorts {
    return this.#ports;
  }

  /** Never rejects. Who asks for what is being taken into service already waits for that. */
  swap(generation: string): Promise<SwapOutcome> {
    if (this.#underway === null) {
      if (generation === this.serving) return Promise.resolve({ kind: 'serving', generation });
      this.#outcome = this.#swap(generation);
      return this.#outcome;
    }
    const { phase, from, to } = this.#underway;
    if (to === generation && phase !== 'leaving') return this.#outcome!;
    if (to === generation) return Promise.resolve({ kind: 'serving', generation });
    const detail = phase === 'leaving' ? `Queries are still on ${from}` : `${to} is being taken into service`;
    return Promise.resolve({ kind: 'refused', code: 'index_swapping', detail: `${detail}: ask again` });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#outcome;
    await this.#left;
  }

  /** The lease of what serves is given back; nothing may be under way. */
  close(): void {
    this.#release();
  }

  async #swap(to: string): Promise<SwapOutcome> {
    const { pool, report, wallMs } = this.#ports;
    const from = pool.serving;
    const sinceMs = wallMs();
    const phase = (now: Phase): void => {
      this.#underway = { phase: now, from: from.manifest.generation, to, sinceMs };
    };
    phase('loading');
    let release: (() => void) | null = null;
    try {
      release = this.#ports.lease(to);
      const kept = await this.#ports.load(to);
      phase('opening');
      const models = await pool.open(kept);
      const lost = lostModel(this.#models, models);
      if (lost !== null) {
        await pool.letGo(kept);
        throw lost;
      }
      const empty = pool.goOverTo(kept);
      this.#models = models;
      this.last = { from: from.manifest.generation, to, atMs: wallMs(), tookMs: wallMs() - sinceMs };
      this.failed = null;
      phase('leaving');
      this.#left = this.#leave(from, empty, this.#release);
      this.#release = release;
      report('index_swapped', null);
      return { kind: 'swapped', done: this.last, models };
    } catch (error) {
      release?.();
      this.#underway = null;
      return this.#refused(to, error as Error);
    }
  }

  async #leave(old: Kept, empty: Promise<void>, release: () => void): Promise<void> {
    await empty;
    await this.#ports.pool.letGo(old);
    release();
    this.#underway = null;
  }

  #refused(generation: string, error: Error): SwapOutcome {
    const code = error instanceof EngineError ? error.code : 'internal';
    this.failed = { generation, code, detail: error.message, atMs: this.#ports.wallMs() };
    this.#ports.report('index_swap_failed', `${this.serving} goes on serving: ${error.message}`);
    return { kind: 'refused', code, detail: error.message };
  }
}

/** A swap must not take a model away that takes part now. */
function lostModel(now: ModelsReport, then: ModelsReport): EngineError | null {
  for (const role of ['embedder', 'reranker'] as const) {
    const state = then[role];
    if (now[role].state === 'ready' && state.state === 'unavailable')
      return new EngineError('index_unfit', `Cannot serve index: ${state.detail}`, {
        remedy: 'Build it with the model that is open, or start the server again',
      });
  }
  return null;
}
