import { join } from 'node:path';
import { type RerankCard, requireFile, TextFeeds } from '../models/index.ts';
import { openSession } from '../onnx.ts';

/** Scores how well a passage answers a query. It belongs to one thread. */
export interface CrossEncoder {
  readonly card: RerankCard;
  /**
   * The logit of one pair, higher is better; comparable within one query only. `ids` are query and passage with their
   * special tokens, 1 … card.tokensMax; `typeIds` are 0 for the query's side and 1 for the passage's, of equal length.
   * One pair a run at its exact length, so that a score depends on nothing but the pair. Both must stay as they are
   * until the score is there.
   * @throws EngineError `model_failed`.
   */
  score(ids: Int32Array, typeIds: Int32Array): Promise<number>;
  close(): Promise<void>;
}

/**
 * Opens the cross-encoder in `dir` after checking the ONNX file against its checksum.
 * @throws EngineError `model_missing`, `model_damaged`.
 */
export async function openCrossEncoder(card: RerankCard, dir: string): Promise<CrossEncoder> {
  await requireFile(card, dir, card.modelFile);
  const session = await openSession(join(dir, card.modelFile), { threads: 1 });
  const feeds = new TextFeeds(card, session);
  return {
    card,
    score: async (ids, typeIds) => {
      if (ids.length === 0 || ids.length > card.tokensMax || ids.length !== typeIds.length) {
        throw new RangeError(
          `Cannot score: expected 1 to ${card.tokensMax} ids and as many types: received ${ids.length} and ${typeIds.length}`,
        );
      }
      const logits = await session.run(feeds.of(ids, typeIds), { output: card.output, shape: [1, 1] });
      return logits[0]!;
    },
    close: () => session.dispose(),
  };
}
