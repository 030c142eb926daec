/** Changed documents → what threads apply. What fails is tried again; what fails for a document alone is left out, and told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { MergedChange } from '../../engine/build/index.ts';
import type { ChangedDocument } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import type { PreparedChange } from '../../engine/index.ts';
import type { PreparePool, PrepareTask } from '../pool/index.ts';

export interface PreparationParts {
  readonly pool: Pick<PreparePool, 'prepare'>;
  readonly report: (code: 'change_unprepared', detail: string) => void;
  readonly signal: AbortSignal;
}

/** Before a document is given up, since a thread may have died for a reason of its own. */
const TRIES = 3;
const RETRY_MS = 500;
const WORDS_ONLY: PrepareTask['models'] = { embedder: null, reranker: null };

export class Preparation {
  readonly #parts: PreparationParts;
  #lacking: string | null = null;

  constructor(parts: PreparationParts) {
    this.#parts = parts;
  }

  /** Why models did not take part when something was prepared last; null where they did. */
  get lacking(): string | null {
    return this.#lacking;
  }

  /** @throws the signal's reason */
  async prepare(changes: readonly ChangedDocument[], models: PrepareTask['models']): Promise<PreparedChange[]> {
    const put = changes.filter(({ document }) => document !== null);
    const posts = put.length === 0 ? new Map() : await this.#posts(put, models);
    return changes.map(({ id, version }) => ({ id, version, post: posts.get(id) ?? null }));
  }

  /** A change as it was sealed. @param known where that was prepared before */
  async sealed(
    change: ChangedDocument,
    known: PreparedChange | undefined,
    models: PrepareTask['models'],
  ): Promise<MergedChange> {
    const { id, version, document } = change;
    if (document === null) return { id, version, put: null };
    const { post } = known ?? (await this.prepare([change], models))[0]!;
    if (post !== null) return { id, version, put: { post, original: document } };
    throw new EngineError('internal', `Cannot merge a document that could not be prepared: ${id}`);
  }

  async #posts(
    put: readonly ChangedDocument[],
    models: PrepareTask['models'],
  ): Promise<Map<string, PreparedChange['post']>> {
    const { pool, report, signal } = this.#parts;
    for (let tried = 1; ; tried++) {
      try {
        const documents = put.map(({ document }) => document!);
        const { posts, lacking } = await pool.prepare({ models, documents });
        if (lacking !== null && lacking !== this.#lacking)
          report('change_unprepared', `Changes are found by their words only: ${lacking}`);
        if (models !== WORDS_ONLY) this.#lacking = lacking;
        return new Map(put.map(({ id }, at) => [id, posts[at]!]));
      } catch (error) {
        signal.throwIfAborted();
        const { message } = error as Error;
        if (put.length > 1) return await this.#alone(put, models);
        if (tried < TRIES) await sleep(RETRY_MS * tried, undefined, { signal });
        else if (models === WORDS_ONLY) {
          report('change_unprepared', `Not found by any search until it is put again: ${put[0]!.id}: ${message}`);
          return new Map();
        } else {
          report('change_unprepared', `Found by its words only until it is put again: ${put[0]!.id}: ${message}`);
          return await this.#posts(put, WORDS_ONLY);
        }
      }
    }
  }

  async #alone(
    put: readonly ChangedDocument[],
    models: PrepareTask['models'],
  ): Promise<Map<string, PreparedChange['post']>> {
    const all = new Map<string, PreparedChange['post']>();
    for (const one of put) for (const [id, post] of await this.#posts([one], models)) all.set(id, post);
    return all;
  }
}
