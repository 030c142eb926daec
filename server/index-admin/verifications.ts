/**
 * Is what is on the disk still what was written? Asked by an operator, and from time to time by the server itself: a disk loses bytes that
 * nobody reads, and what was loaded at the start tells nothing of what the next start will find.
 *
 * One generation at a time, in a process of its own. What is found wrong by itself is moved aside, and the last good one takes its place on
 * the disk and in service. Where nothing else is whole nothing is moved: what serves was loaded while it was whole, and goes on.
 */
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import type { Fallback, GenerationDamage } from '../../engine/store/index.ts';
import type { VerifyOptions, VerifyProgress, VerifyReport } from '../../engine/store/verify/index.ts';

export interface VerificationPorts {
  readonly verify: (asked: VerifyAsked, options: VerifyOptions) => Promise<VerifyReport>;
  /** Name of the generation that serves. */
  readonly serving: () => string;
  /** @throws EngineError index_damaged where nothing else could serve */
  readonly setAside: (damage: GenerationDamage) => Promise<Fallback>;
  /** Lets another one serve. @throws EngineError */
  readonly goOver: (generation: string) => Promise<void>;
  /** Told of each end. */
  readonly report: (event: 'index_verified' | 'index_damaged' | 'index_verify_failed', detail: string | null) => void;
  readonly wallMs: () => number;
}

export interface VerifyAsked {
  readonly generation: string;
  /** Most bytes read a second; null for as fast as it goes. */
  readonly bytesPerSecondMax: number | null;
  /** Time after which it stops; null for none. */
  readonly deadlineMs: number | null;
}

export interface VerifyUnderway {
  readonly generation: string;
  readonly sinceMs: number;
  readonly progress: VerifyProgress | null;
}

export interface Verified {
  readonly generation: string;
  readonly atMs: number;
  /** Null where it did not come to one. */
  readonly report: VerifyReport | null;
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null;
  /** What was done about a damage; null where nothing was. */
  readonly fallback: Fallback | null;
}

export interface ScrubSettings {
  /** 0 for never. */
  readonly everyMs: number;
  readonly bytesPerSecondMax: number;
}

export class Verifications {
  readonly #ports: VerificationPorts;
  readonly #settings: ScrubSettings;
  readonly #abort = new AbortController();
  #nextMs: number | null;
  #settled: Promise<void> = Promise.resolve();
  underway: VerifyUnderway | null = null;
  last: Verified | null = null;

  constructor(ports: VerificationPorts, settings: ScrubSettings) {
    this.#ports = ports;
    this.#settings = settings;
    this.#nextMs = settings.everyMs === 0 ? null : ports.wallMs() + settings.everyMs;
  }

  /** When the next one is due by itself; null for never. */
  get nextMs(): number | null {
    return this.#nextMs;
  }

  /**
   * Begins it, and does not wait for its end.
   *
   * @param quarantine whether a damaged one is moved aside
   * @throws EngineError index_busy
   */
  start(asked: VerifyAsked, quarantine: boolean): VerifyUnderway {
    if (this.underway !== null)
      throw new EngineError('index_busy', `Another one is being verified: ${this.underway.generation}`, {
        remedy: 'Wait until that is done: GET /admin/index/verify says how far it is',
      });
    const { generation } = asked;
    this.underway = { generation, sinceMs: this.#ports.wallMs(), progress: null };
    this.#settled = this.#work(asked, quarantine);
    return this.underway;
  }

  /** To be asked now and then: begins what is due. */
  look(): void {
    const wallMs = this.#ports.wallMs();
    if (this.#nextMs === null || wallMs < this.#nextMs || this.underway !== null) return;
    const { everyMs, bytesPerSecondMax } = this.#settings;
    this.#nextMs = wallMs + everyMs;
    this.start({ generation: this.#ports.serving(), bytesPerSecondMax, deadlineMs: null }, true);
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

  async #work(asked: VerifyAsked, quarantine: boolean): Promise<void> {
    const { generation } = asked;
    let [report, fallback, failure]: [VerifyReport | null, Fallback | null, Verified['failure']] = [null, null, null];
    try {
      report = await this.#ports.verify(asked, {
        signal: this.#abort.signal,
        progress: (progress) => {
          this.underway = { ...this.underway!, progress };
        },
      });
      const [finding] = report.findings;
      if (quarantine && finding !== undefined) fallback = await this.#putRight({ generation, ...finding });
    } catch (error) {
      const code = error instanceof EngineError ? error.code : 'internal';
      failure = { code, detail: (error as Error).message };
    }
    this.last = { generation, atMs: this.#ports.wallMs(), report, failure, fallback };
    this.underway = null;
    this.#tell(this.last);
  }

  async #putRight(damage: GenerationDamage): Promise<Fallback> {
    const fallback = await this.#ports.setAside(damage);
    if (fallback.serving !== this.#ports.serving()) await this.#ports.goOver(fallback.serving);
    return fallback;
  }

  #tell({ generation, report, failure, fallback }: Verified): void {
    const { report: tell } = this.#ports;
    const done = fallback === null ? '' : `; ${fallback.serving} serves instead`;
    if (report?.verdict === 'damaged') {
      const { file, expected, got } = report.findings[0]!;
      tell('index_damaged', `${generation}/${file}: expected ${expected}, got ${got}${done}`);
    } else if (report !== null && report.verdict !== 'crashed') tell('index_verified', null);
    if (failure !== null && failure.code !== 'draining') tell('index_verify_failed', failure.detail);
    if (report?.verdict === 'crashed') tell('index_verify_failed', `${generation}: ${report.detail}`);
  }
}
