/**
 * Posts of which somebody says that they changed: fetched from the site, and put or deleted as they are there.
 *
 * What is told is only that something changed. A post that is told again while it waits waits once; one that is told while it is fetched is
 * fetched again. The queue is not durable: what a crash loses, the next `wp-chat sync` finds.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Operation } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { SITE_POSTS_MAX, type SitePosts, type SourcePost } from '../../engine/source/index.ts';
import { isDone, type LivingDocuments, refusalOf } from '../documents/index.ts';

export interface ChangedPostsParts {
  readonly site: SitePosts;
  readonly documents: () => Pick<LivingDocuments, 'applyAll' | 'get'>;
  readonly queueMax: number;
  /** Told of posts that are given up. */
  readonly report: (error: EngineError) => void;
  /** Waits; rejects when the signal says so. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

const ATTEMPTS_MAX = 5;
const PAUSE_MS = 2000;

interface Waiting {
  readonly type: string;
  readonly id: string;
  attempts: number;
}

export class ChangedPosts {
  readonly #parts: ChangedPostsParts;
  readonly #end = new AbortController();
  /** In the order in which they were told. */
  readonly #waiting = new Map<string, Waiting>();
  #working: Promise<void> | null = null;

  constructor(parts: ChangedPostsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** False where there is no room for another. */
  tell(type: string, id: string): boolean {
    const name = `${type} ${id}`;
    if (!this.#waiting.has(name) && this.#waiting.size >= this.#parts.queueMax) return false;
    this.#waiting.set(name, { type, id, attempts: 0 });
    this.#working ??= this.#work().finally(() => {
      this.#working = null;
    });
    return true;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#working;
  }

  /** Gives up what waits; what is being written is waited for. */
  async close(): Promise<void> {
    this.#end.abort();
    this.#waiting.clear();
    await this.#working;
  }

  async #work(): Promise<void> {
    // What is told in the same moment is asked for together.
    await Promise.resolve();
    const { pause = (ms, signal) => sleep(ms, null, { signal }) } = this.#parts;
    while (this.#waiting.size > 0 && !this.#end.signal.aborted) {
      const some = this.#take();
      try {
        await this.#bring(some);
      } catch (error) {
        const attempts = this.#putBack(some, asTold(error));
        if (attempts > 0) await pause(PAUSE_MS * 2 ** attempts, this.#end.signal).catch(() => {});
      }
    }
  }

  /** The first, and those of its type behind it. */
  #take(): Waiting[] {
    const [first] = this.#waiting.values();
    const some = [...this.#waiting.values()].filter(({ type }) => type === first!.type).slice(0, SITE_POSTS_MAX);
    for (const { type, id } of some) this.#waiting.delete(`${type} ${id}`);
    return some;
  }

  async #bring(some: readonly Waiting[]): Promise<void> {
    const { site, documents } = this.#parts;
    const { type } = some[0]!;
    const found = await site.read(
      type,
      some.map(({ id }) => id),
    );
    const operations: Operation[] = [];
    for (const [id, post] of found) {
      const operation = await this.#operationOf(type, id, post);
      if (operation !== null) operations.push(operation);
    }
    const outcomes = await documents().applyAll(operations);
    for (const [at, outcome] of outcomes.entries()) {
      if (isDone(outcome) || outcome.kind === 'missing') continue;
      const operation = operations[at]!;
      const { code, detail } = refusalOf(outcome, operation.kind === 'put' ? operation.document.id : operation.id, '');
      throw new EngineError(code, detail);
    }
  }

  /** Null where it is there as it should be: a message that comes twice changes nothing. */
  async #operationOf(type: string, id: string, post: SourcePost | null): Promise<Operation | null> {
    if (post === null) {
      const present = await this.#parts.documents().get(id);
      // Of another type it would not be listed, whether it is there or not.
      const gone = present !== null && present.document.type === type;
      return gone ? { kind: 'delete', id, ifVersion: null, key: null } : null;
    }
    return { kind: 'put', document: post, ifVersion: null, key: null, ifChanged: true };
  }

  /** @returns the attempts that were made; 0 where they are given up */
  #putBack(some: readonly Waiting[], error: EngineError): number {
    let most = 0;
    for (const one of some) {
      const attempts = one.attempts + 1;
      const name = `${one.type} ${one.id}`;
      if (attempts >= ATTEMPTS_MAX || this.#end.signal.aborted || this.#waiting.has(name)) continue;
      this.#waiting.set(name, { ...one, attempts });
      most = Math.max(most, attempts);
    }
    if (most === 0 && !this.#end.signal.aborted) this.#parts.report(error);
    return most;
  }
}

/** A bug in here must not end the process: it is told like all else. */
const asTold = (error: unknown): EngineError =>
  error instanceof EngineError
    ? error
    : new EngineError('internal', String((error as Error).stack ?? error), {}, error);
