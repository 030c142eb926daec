/** Changed documents → what threads apply. What fails is tried again; what fails for a document alone is left out, and told. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PassageToEmbed } from '../../engine/build/index.ts';
import type { ChangedDocument } from '../../engine/changes/index.ts';
import type { CodedVector } from '../../engine/dense/index.ts';
import type { KnownVectors, PreparedChange } from '../../engine/index.ts';
import type { PrepareModels, PreparePool } from '../pool/index.ts';

export interface PreparationParts {
  readonly pool: Pick<PreparePool, 'cut' | 'embed'>;
  /** Vectors of passages that the document had before. */
  readonly known: (id: string) => Promise<KnownVectors>;
  readonly report: (code: 'change_unprepared', detail: string) => void;
  readonly signal: AbortSignal;
}

/** A change as it is found by its words, and which of its passages have no vector yet. */
export interface CutChange {
  readonly change: PreparedChange;
  readonly toEmbed: readonly PassageToEmbed[];
}

interface Waiting {
  readonly change: ChangedDocument;
  readonly known: KnownVectors;
}

type PassageOf = PassageToEmbed & { readonly id: string };

/** Before something is given up, since a thread may have died for a reason of its own. */
const TRIES = 3;
const RETRY_MS = 500;
const WORDS_ONLY: PrepareModels = { embedder: null, reranker: null };

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

  /** In the order of the changes. @throws the signal's reason */
  async cut(changes: readonly ChangedDocument[], models: PrepareModels): Promise<CutChange[]> {
    const put = changes.filter(({ document }) => document !== null);
    const waiting = put.map(async (change) => ({ change, known: await this.#parts.known(change.id) }));
    const cuts = put.length === 0 ? new Map<string, CutChange>() : await this.#cut(await Promise.all(waiting), models);
    return changes.map(({ id, version }) => cuts.get(id) ?? { change: { id, version, post: null }, toEmbed: [] });
  }

  /** One for each passage, null for those that cannot have one. @throws the signal's reason */
  async embed(passages: readonly PassageOf[], models: PrepareModels): Promise<(CodedVector | null)[]> {
    const { pool, report, signal } = this.#parts;
    for (let tried = 1; ; tried++) {
      try {
        return [...(await pool.embed({ models, texts: passages.map(({ tokens }) => tokens) }))];
      } catch (error) {
        signal.throwIfAborted();
        if (passages.length > 1) {
          const alone: (CodedVector | null)[] = [];
          for (const one of passages) alone.push(...(await this.embed([one], models)));
          return alone;
        }
        if (tried < TRIES) await sleep(RETRY_MS * tried, undefined, { signal });
        else {
          const { message } = error as Error;
          report('change_unprepared', `Found by its words only until it is put again: ${passages[0]!.id}: ${message}`);
          return [null];
        }
      }
    }
  }

  /** A change with all its vectors at once. @throws the signal's reason */
  async whole(change: ChangedDocument, models: PrepareModels): Promise<PreparedChange> {
    const [cut] = await this.cut([change], models);
    const { change: prepared, toEmbed } = cut!;
    if (prepared.post === null || toEmbed.length === 0) return prepared;
    const { id } = change;
    const vectors = await this.embed(
      toEmbed.map((passage) => ({ ...passage, id })),
      models,
    );
    const late = new Map(toEmbed.map(({ passage }, at) => [passage, vectors[at]!]));
    const passages = prepared.post.passages.map((passage, at) => ({
      ...passage,
      vector: late.get(at) ?? passage.vector,
    }));
    return { ...prepared, post: { ...prepared.post, passages } };
  }

  async #cut(put: readonly Waiting[], models: PrepareModels): Promise<Map<string, CutChange>> {
    const { pool, report, signal } = this.#parts;
    for (let tried = 1; ; tried++) {
      try {
        const documents = put.map(({ change, known }) => ({ json: change.document!, known }));
        const { posts, lacking } = await pool.cut({ models, documents });
        if (lacking !== null && lacking !== this.#lacking)
          report('change_unprepared', `Changes are found by their words only: ${lacking}`);
        if (models !== WORDS_ONLY) this.#lacking = lacking;
        return new Map(
          put.map(({ change: { id, version } }, at): [string, CutChange] => {
            const { post, toEmbed } = posts[at]!;
            return [id, { change: { id, version, post }, toEmbed }];
          }),
        );
      } catch (error) {
        signal.throwIfAborted();
        const { message } = error as Error;
        if (put.length > 1) return await this.#alone(put, models);
        const { id } = put[0]!.change;
        if (tried < TRIES) await sleep(RETRY_MS * tried, undefined, { signal });
        else if (models === WORDS_ONLY) {
          report('change_unprepared', `Not found by any search until it is put again: ${id}: ${message}`);
          return new Map();
        } else {
          report('change_unprepared', `Found by its words only until it is put again: ${id}: ${message}`);
          return await this.#cut(put, WORDS_ONLY);
        }
      }
    }
  }

  async #alone(put: readonly Waiting[], models: PrepareModels): Promise<Map<string, CutChange>> {
    const all = new Map<string, CutChange>();
    for (const one of put) for (const [id, cut] of await this.#cut([one], models)) all.set(id, cut);
    return all;
  }
}
