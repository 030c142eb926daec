/** What has the generation that serves of a document? Its keeper looks it up. */
import type { Base } from '../../engine/changes/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';
import { type EnginePool, type Found, KeeperGone } from '../pool/index.ts';

export type Look = (id: string, whole: boolean) => Promise<Found>;

/** Asks again where another generation took over before its keeper answered. */
export function lookIn(pool: Pick<EnginePool, 'serving'>): Look {
  return async (id, whole) => {
    for (;;) {
      const { serving } = pool;
      try {
        return await serving.look(id, whole);
      } catch (error) {
        if (!(error instanceof KeeperGone) || pool.serving === serving) throw error;
      }
    }
  };
}

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
