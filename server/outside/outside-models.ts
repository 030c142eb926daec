/** Models that run apart from the workers, for arms that try them: whatever happens to one of them happens to its arm alone. */
import type { Clock } from '../../engine/clock.ts';
import type { Fault } from '../../engine/faults.ts';
import type { OutsideScores, SearchRequest, Unscored } from '../../engine/types.ts';
import { OutsideModel } from './outside-model.ts';

export interface OutsideModelsParts {
  /** Folder of the model directories. */
  readonly directory: string;
  /** Of each model. */
  readonly processes: number;
  readonly clock: Clock;
  readonly report: (detail: string) => void;
}

/** Share of the time that is left, and most of it, which a worker keeps for the rest of the query. */
const REST_SHARE = 0.2;
const REST_MS_MAX = 250;

export class OutsideModels {
  readonly #parts: OutsideModelsParts;
  readonly #models = new Map<string, OutsideModel>();
  /** Questions under way, which end at once when a variant of theirs is stopped. */
  readonly #asked = new Map<() => void, readonly string[]>();

  constructor(parts: OutsideModelsParts) {
    this.#parts = parts;
  }

  /** @throws EngineError model_missing | model_damaged | model_failed; then it is as if it had not been asked for */
  async open(model: string): Promise<void> {
    if (this.#models.has(model)) return;
    const { directory, processes, report } = this.#parts;
    const opened = new OutsideModel({ directory, model, processes, report });
    await opened.open();
    this.#models.set(model, opened);
  }

  /** Ends those that are not among these. */
  keep(names: ReadonlySet<string>): void {
    for (const [name, model] of this.#models) {
      if (names.has(name)) continue;
      this.#models.delete(name);
      model.close();
    }
  }

  /** Never rejects: what failed is in the scores. */
  async score(asked: Unscored, request: SearchRequest, fault: Fault | null): Promise<OutsideScores> {
    const { clock } = this.#parts;
    const startUs = clock.nowUs();
    const logits = new Map<string, number | null>(asked.known);
    let failed: string | null = null;
    try {
      const some = await this.#ask(asked, request, fault);
      for (const [at, { key }] of asked.pairs.entries()) logits.set(key, some[at] ?? null);
    } catch (error) {
      failed = (error as Error).message;
    }
    return { model: asked.model, logits, failed, tookMs: (clock.nowUs() - startUs) / 1000 };
  }

  /** Whoever waits for scores under one of these variants goes on without any. */
  release(variants: readonly string[]): void {
    for (const [end, names] of this.#asked) if (names.some((name) => variants.includes(name))) end();
  }

  close(): void {
    this.keep(new Set());
  }

  async #ask(
    { model, pairs }: Unscored,
    { deadlineAtMs, variants }: SearchRequest,
    fault: Fault | null,
  ): Promise<readonly number[]> {
    const opened = this.#models.get(model);
    if (opened === undefined) throw new Error(`${model} is not used any more`);
    const nowMs = this.#parts.clock.wallMs();
    const restMs = deadlineAtMs === null ? 0 : Math.min(REST_MS_MAX, REST_SHARE * (deadlineAtMs - nowMs));
    const endAtMs = deadlineAtMs === null ? null : deadlineAtMs - restMs;
    let end = (): void => {};
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<readonly number[]>((resolve, reject) => {
        // It keeps to the time itself, unless it hangs.
        if (endAtMs !== null)
          timer = setTimeout(() => reject(new Error(`${model} kept no time`)), endAtMs + restMs / 2 - nowMs);
        end = () => resolve([]);
        this.#asked.set(end, variants);
        opened.ask({
          pairs: pairs.map(({ ids, typeIds }) => ({ ids, typeIds })),
          endAtMs,
          fault,
          resolve,
          reject: (why) => reject(new Error(why)),
        });
      });
    } finally {
      clearTimeout(timer);
      this.#asked.delete(end);
    }
  }
}
