import { EngineError } from '../errors.ts';
import type { OnnxFeeds, OnnxSession } from '../onnx.ts';
import type { ModelCard, ModelInput } from './model-card.ts';

/** The inputs of a transformer for one text at its exact length: no padding, so the mask is all ones. */
export class TextFeeds {
  readonly #inputs: readonly ModelInput[];
  readonly #ones: Int32Array;
  readonly #zeros: Int32Array;

  /** @throws EngineError `model_damaged` where the graph has other inputs or outputs than the card says. */
  constructor(card: ModelCard, session: OnnxSession) {
    requireNames('inputs', card.inputs, session.inputNames, session.path);
    if (!session.outputNames.includes(card.output)) {
      requireNames('output', [card.output], session.outputNames, session.path);
    }
    this.#inputs = card.inputs;
    this.#ones = new Int32Array(card.tokensMax).fill(1);
    this.#zeros = new Int32Array(card.tokensMax);
  }

  /** @param typeIds one a token, or null where the text is a single segment. */
  of(ids: Int32Array, typeIds: Int32Array | null): OnnxFeeds {
    const feeds: Record<string, Int32Array> = {};
    for (const input of this.#inputs) {
      if (input === 'input_ids') feeds[input] = ids;
      else if (input === 'attention_mask') feeds[input] = this.#ones.subarray(0, ids.length);
      else feeds[input] = typeIds ?? this.#zeros.subarray(0, ids.length);
    }
    return feeds;
  }
}

function requireNames(field: string, said: readonly string[], found: readonly string[], file: string): void {
  if (said.length === found.length && said.every((name) => found.includes(name))) return;
  const detail = `Cannot open model: the card says ${field} ${said.join(', ')}: ${file}: ${found.join(', ')}`;
  throw new EngineError('model_damaged', detail, { file, field, value: found, expected: said.join(', ') });
}
