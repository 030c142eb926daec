/** Rebuilds of a running server's index: one at a time, in a process of its own, and then the server goes over to what it built. */
import type { Clock } from '../../engine/clock.ts';
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import { runJob } from '../../engine/side/index.ts';
import type { Config } from '../config/index.ts';
import type { RebuildJob, RebuildProgress, RebuildReport } from '../rebuild-index.ts';
import type { IndexSwap } from './index-swap.ts';

export type RebuildAsked = Pick<RebuildJob, 'fresh' | 'accept'>;

export interface RebuildPorts {
  readonly rebuild: (
    asked: RebuildAsked,
    options: { signal: AbortSignal; progress: (progress: RebuildProgress) => void },
  ) => Promise<RebuildReport>;
  /** Lets it serve. @throws EngineError */
  readonly goOver: (generation: string) => Promise<void>;
  /** Told of each end. */
  readonly report: (event: 'index_rebuilt' | 'index_rebuild_failed', detail: string | null) => void;
  readonly wallMs: () => number;
}

export interface RebuildUnderway {
  readonly stage: RebuildProgress['stage'] | 'starting' | 'swapping';
  readonly percent: number;
  readonly sinceMs: number;
}

export interface RebuildEnd {
  readonly atMs: number;
  /** What was published; null where it did not come to that. */
  readonly report: RebuildReport | null;
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
}

/** It has time; the cores are for queries. */
const THREADS = 1;

export class Rebuilds {
  readonly #ports: RebuildPorts;
  readonly #abort = new AbortController();
  #settled: Promise<void> = Promise.resolve();
  underway: RebuildUnderway | null = null;
  last: RebuildEnd | null = null;

  constructor(ports: RebuildPorts) {
    this.#ports = ports;
  }

  /** Begins it, and does not wait for its end. @throws EngineError index_busy */
  start(asked: RebuildAsked): RebuildUnderway {
    if (this.underway !== null)
      throw new EngineError('index_busy', `The index is being rebuilt already: ${this.underway.percent} %`, {
        remedy: 'Wait until that is done: GET /admin/index/rebuild says how far it is',
      });
    this.underway = { stage: 'starting', percent: 0, sinceMs: this.#ports.wallMs() };
    this.#settled = this.#work(asked);
    return this.underway;
  }

  /** Resolves when nothing is under way. */
  settled(): Promise<void> {
    return this.#settled;
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#abort.abort(new EngineError('draining', 'The server is shutting down'));
    await this.#settled;
  }

  async #work(asked: RebuildAsked): Promise<void> {
    const { rebuild, goOver, report: tell, wallMs } = this.#ports;
    const reach = (progress: Pick<RebuildUnderway, 'stage' | 'percent'>): void => {
      this.underway = { ...this.underway!, ...progress };
    };
    let [report, failure]: [RebuildReport | null, RebuildEnd['failure']] = [null, null];
    try {
      report = await rebuild(asked, { signal: this.#abort.signal, progress: reach });
      reach({ stage: 'swapping', percent: 99 });
      await goOver(report.generation);
      tell('index_rebuilt', null);
    } catch (error) {
      failure = { code: error instanceof EngineError ? error.code : 'internal', detail: (error as Error).message };
      if (failure.code !== 'draining') tell('index_rebuild_failed', failure.detail);
    }
    this.last = { atMs: wallMs(), report, failure };
    this.underway = null;
  }
}

export interface RebuildsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly index: IndexSwap;
  readonly report: RebuildPorts['report'];
}

export const openRebuilds = ({ config, clock, index, report }: RebuildsParts): Rebuilds =>
  new Rebuilds({
    rebuild: (asked, { signal, progress }) =>
      runJob<RebuildJob, RebuildProgress, RebuildReport>(
        { ...asked, config, threads: THREADS },
        { program: new URL('./rebuild-process.js', import.meta.url), does: 'rebuilds', heard: progress, signal },
      ),
    goOver: async (generation) => {
      await index.settled();
      const outcome = await index.swap(generation);
      if (outcome.kind === 'refused') throw new EngineError(outcome.code, outcome.detail);
    },
    report,
    wallMs: () => clock.wallMs(),
  });
