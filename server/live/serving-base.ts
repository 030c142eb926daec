/** What has the generation that serves of a document? Its keeper looks it up. */
import type { Base } from '../../engine/changes/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { changedVectors, type KnownVectors } from '../../engine/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { type EnginePool, type Found, KeeperGone, type Kept } from '../pool/index.ts';
import type { Feed } from './feed.ts';

export type Look = (id: string, whole: boolean) => Promise<Found>;

type Serving = Pick<EnginePool, 'serving'>;

/** Asks again where another generation took over before its keeper answered. */
async function asking<Answer>(pool: Serving, ask: (kept: Kept) => Promise<Answer>): Promise<Answer> {
  for (;;) {
    const { serving } = pool;
    try {
      return await ask(serving);
    } catch (error) {
      if (!(error instanceof KeeperGone) || pool.serving === serving) throw error;
    }
  }
}

export const lookIn =
  (pool: Serving): Look =>
  (id, whole) =>
    asking(pool, (kept) => kept.look(id, whole));

/** Vectors that a document's passages had before: in the generation, and where it changed since. */
export const knownIn =
  (pool: Serving, feed: Pick<Feed, 'latest'>) =>
  async (id: string): Promise<KnownVectors> => {
    if (pool.serving.manifest.embedder === null) return new Map();
    // What cannot be read is computed anew.
    const stored = await asking(pool, (kept) => kept.vectorsOf(id)).catch((error: unknown): KnownVectors => {
      if (error instanceof EngineError) return new Map();
      throw error;
    });
    const post = feed.latest(id)?.post ?? null;
    return post === null ? stored : new Map([...stored, ...changedVectors(post)]);
  };

export const documentOf = (json: Uint8Array): SourcePost => JSON.parse(Buffer.from(json).toString()) as SourcePost;

export function baseOf(look: Look): Base {
  return {
    version: async (id) => (await look(id, false))?.version ?? null,
    document: async (id) => {
      const found = await look(id, true);
      if (found === null) throw new Error(`Asked for a document that went: ${id}`);
      return documentOf(found.document!);
    },
  };
}
