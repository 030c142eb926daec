import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { type EmbedCard, requireFile, TextFeeds } from '../models/index.ts';
import { type OnnxSession, openSession } from '../onnx.ts';

declare const unit: unique symbol;
/** A vector of Euclidean length 1, within 0.001. */
export type UnitVector = Float32Array & { readonly [unit]: true };

/** How far from 1 the length of a vector may be. */
const UNIT_TOLERANCE = 1e-3;

/** Turns token ids into a vector. It belongs to one thread. */
export interface Embedder {
  readonly card: EmbedCard;
  /**
   * The vector of one text. The ids include the special tokens, 1 … card.tokensMax of them; the prefix of the card was
   * put before the text by whoever tokenised it. One text a run at its exact length: a dynamically quantised model
   * scales its activations over all that it sees, so padding or company would change the vector. `ids` must stay as
   * they are until the vector is there.
   * @throws EngineError `model_failed`.
   */
  embed(ids: Int32Array): Promise<UnitVector>;
  close(): Promise<void>;
}

/**
 * Opens the embedder in `dir` after checking the ONNX file against its checksum.
 * @throws EngineError `model_missing`, `model_damaged`.
 */
export async function openEmbedder(card: EmbedCard, dir: string): Promise<Embedder> {
  await requireFile(card, dir, card.modelFile);
  const session = await openSession(join(dir, card.modelFile), { threads: 1 });
  const feeds = new TextFeeds(card, session);
  return {
    card,
    embed: async (ids) => {
      if (ids.length === 0 || ids.length > card.tokensMax) {
        throw new RangeError(`Cannot embed: expected 1 to ${card.tokensMax} tokens: received ${ids.length}`);
      }
      return unitVector(await pooledOutput(card, session, feeds.of(ids, null), ids.length), card, session.path);
    },
    close: () => session.dispose(),
  };
}

async function pooledOutput(
  card: EmbedCard,
  session: OnnxSession,
  feeds: ReturnType<TextFeeds['of']>,
  tokens: number,
): Promise<Float32Array> {
  const dimensions = card.dimensions;
  if (card.pooling === 'in_graph') {
    return (await session.run(feeds, { output: card.output, shape: [1, dimensions] })).slice();
  }
  const states = await session.run(feeds, { output: card.output, shape: [1, tokens, dimensions] });
  return card.pooling === 'cls' ? states.slice(0, dimensions) : meanOfRows(states, tokens, dimensions);
}

/** The mean over all tokens: without padding, every token counts. Summed in doubles, row after row. */
function meanOfRows(rows: Float32Array, count: number, dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions);
  for (let row = 0, at = 0; row < count; row++) {
    for (let d = 0; d < dimensions; d++, at++) sums[d]! += rows[at]!;
  }
  return Float32Array.from(sums, (sum) => sum / count);
}

function unitVector(vector: Float32Array, card: EmbedCard, file: string): UnitVector {
  let squares = 0;
  for (let i = 0; i < vector.length; i++) squares += vector[i]! * vector[i]!;
  const length = Math.sqrt(squares);
  if (!card.normalized && length > 0) {
    for (let i = 0; i < vector.length; i++) vector[i] = vector[i]! / length;
    return vector as UnitVector;
  }
  if (Math.abs(length - 1) <= UNIT_TOLERANCE) return vector as UnitVector;
  throw new EngineError('model_failed', `Cannot use vector: expected length 1: ${file}: ${length}`, {
    file,
    field: card.output,
    value: length,
    expected: `a length of 1, within ${UNIT_TOLERANCE}`,
  });
}
