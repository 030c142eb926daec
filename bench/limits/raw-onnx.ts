/** What the model costs and nothing else: onnxruntime-node on one thread, its inputs made beforehand. */
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { findModel, type ModelCard } from '../../engine/models/index.ts';

/** Token ids of one run, and their segments where the model asks for them. */
export interface ModelTokens {
  readonly ids: Int32Array;
  readonly typeIds: Int32Array | null;
}

export interface RawModel {
  readonly card: ModelCard;
  readonly dir: string;
  /** Inputs in the runtime's own form, so that a timed run does nothing but run. */
  prepare(tokens: ModelTokens): Record<string, Tensor>;
  /** One run; a view or copy of the first output, as the runtime gives it. */
  run(inputs: Record<string, Tensor>): Promise<Float32Array>;
  close(): Promise<void>;
}

export async function openRawModel(modelsDirectory: string, name: string): Promise<RawModel> {
  const { card, dir } = await findModel(modelsDirectory, name);
  const session = await InferenceSession.create(join(dir, card.modelFile), {
    executionProviders: ['cpu'],
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const fetches = [card.output];
  return {
    card,
    dir,
    prepare: ({ ids, typeIds }) =>
      Object.fromEntries(card.inputs.map((input) => [input, tensorOf(valuesFor(input, ids, typeIds))])),
    run: async (inputs) => (await session.run(inputs, fetches))[card.output]!.data as Float32Array,
    close: () => session.release(),
  };
}

function valuesFor(input: string, ids: Int32Array, typeIds: Int32Array | null): Int32Array {
  if (input === 'input_ids') return ids;
  return input === 'attention_mask' ? new Int32Array(ids.length).fill(1) : (typeIds ?? new Int32Array(ids.length));
}

const tensorOf = (values: Int32Array): Tensor =>
  new Tensor('int64', BigInt64Array.from(values, BigInt), [1, values.length]);

/** Runs a second that `step` reaches, cycling over `count` inputs until `seconds` have passed and each was run once. */
export async function loopRate(
  count: number,
  seconds: number,
  step: (at: number) => Promise<unknown> | unknown,
): Promise<number> {
  const startMs = performance.now();
  const endMs = startMs + seconds * 1000;
  let runs = 0;
  do {
    for (let at = 0; at < count; at++) {
      const pending = step(at);
      if (pending instanceof Promise) await pending;
    }
    runs += count;
  } while (performance.now() < endMs);
  return (runs * 1000) / (performance.now() - startMs);
}
