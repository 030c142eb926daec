import { EngineError } from '../errors.ts';
import { type CardJson, cardSchema } from './card-schema.ts';

export type ModelInput = CardJson['inputs'][number];
/** in_graph: the output is one vector; mean and cls: the output is one vector a token, pooled here. */
type Pooling = 'in_graph' | 'mean' | 'cls';

interface CommonCard {
  readonly name: string;
  /** The ONNX file, a plain name inside the model's directory. */
  readonly modelFile: string;
  readonly tokenizerFile: 'tokenizer.json';
  /** Special tokens included. */
  readonly tokensMax: number;
  readonly inputs: readonly ModelInput[];
  readonly output: string;
  readonly quantization: string;
  readonly license: string;
  /** Lower-case BCP 47 tags, or exactly `['*']` for a multilingual model. */
  readonly languages: readonly string[];
  /** Lower-case hexadecimal by file name; the card itself is not among them. */
  readonly sha256: Readonly<Record<string, string>>;
  /** Files whose checksum is that of the first copy seen here: it finds later damage, not a wrong download. */
  readonly firstSeen: readonly string[];
}

export interface EmbedCard extends CommonCard {
  readonly task: 'embed';
  readonly dimensions: number;
  readonly pooling: Pooling;
  /** Whether the graph already returns unit length. */
  readonly normalized: boolean;
  /** Put before the text before it is tokenised; often empty. */
  readonly prefixes: { readonly query: string; readonly document: string };
}

export interface RerankCard extends CommonCard {
  readonly task: 'rerank';
  readonly queryTokensMax: number;
  /** Weight of the standardised cross-encoder score, 0 … 1; the first stage has the rest. */
  readonly weightOverFusion: number;
  readonly weightOverBm25: number;
}

export type ModelCard = EmbedCard | RerankCard;

export const TOKENIZER_FILE = 'tokenizer.json';

/** Whether a model was made for texts in `language` (a BCP 47 tag); `pt-BR` is served by a card that says `pt`. */
export function speaks(card: ModelCard, language: string): boolean {
  const primary = language.toLowerCase().split('-')[0];
  return card.languages.some((tag) => tag === '*' || tag.split('-')[0] === primary);
}

/**
 * Reads the text of a `model.json`.
 * @param file named in errors.
 * @throws EngineError `model_damaged` with the first wrong key, its value and what was expected.
 */
export function parseCardJson(source: string, file: string): CardJson {
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (cause) {
    throw new EngineError(
      'model_damaged',
      `Cannot read model card: ${(cause as Error).message}: ${file}`,
      { file },
      cause,
    );
  }
  const parsed = cardSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const unknownKey = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const path = unknownKey === undefined ? issue.path : [...issue.path, unknownKey];
  const expected = unknownKey === undefined ? issue.message : 'no such key';
  throw wrongKey(file, path.join('.') || 'model.json', valueAt(value, path), expected);
}

/** Turns a written card into the form the rest of the program uses: no optional keys, units in the names. */
export function narrowCard(json: CardJson, file: string): ModelCard {
  const sha256 = json.sha256 ?? {};
  const common = {
    name: json.name,
    modelFile: json.model_file ?? soleOnnxFile(Object.keys(sha256), file),
    tokenizerFile: TOKENIZER_FILE,
    tokensMax: json.max_tokens,
    inputs: json.inputs,
    output: json.output,
    quantization: json.quantization,
    license: json.license,
    languages: json.languages.some(isEveryLanguage) ? ['*'] : json.languages.map((tag) => tag.toLowerCase()),
    sha256,
    firstSeen: json.sha256_first_seen ?? [],
  } as const;
  if (json.max_positions !== undefined && json.max_tokens > json.max_positions) {
    throw wrongKey(file, 'max_tokens', json.max_tokens, `at most max_positions, ${json.max_positions}`);
  }
  if (json.task === 'embed') {
    const inGraph = json.pooling === 'mean (in graph)' || json.pooling === 'none';
    return {
      ...common,
      task: 'embed',
      dimensions: json.dimensions,
      pooling: inGraph ? 'in_graph' : (json.pooling as 'mean' | 'cls'),
      normalized: json.normalized,
      prefixes: json.prefixes,
    };
  }
  if (json.max_query_tokens >= json.max_tokens) {
    throw wrongKey(file, 'max_query_tokens', json.max_query_tokens, `less than max_tokens, ${json.max_tokens}`);
  }
  return {
    ...common,
    task: 'rerank',
    queryTokensMax: json.max_query_tokens,
    weightOverFusion: json.interpolation.over_fusion.cross_encoder,
    weightOverBm25: json.interpolation.over_bm25.cross_encoder,
  };
}

/** {@link parseCardJson}, then {@link narrowCard}. */
export function parseCard(source: string, file: string): ModelCard {
  return narrowCard(parseCardJson(source, file), file);
}

function isEveryLanguage(tag: string): boolean {
  return tag === '*' || tag === 'multilingual';
}

function soleOnnxFile(names: readonly string[], file: string): string {
  const graphs = names.filter((name) => name.endsWith('.onnx'));
  if (graphs.length === 1) return graphs[0]!;
  throw wrongKey(file, 'model_file', undefined, `the ONNX file, since sha256 names ${graphs.length} of them`);
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

function wrongKey(file: string, field: string, value: unknown, expected: string): EngineError {
  const received = value === undefined ? 'missing' : JSON.stringify(value)?.slice(0, 200);
  const detail = `Cannot read model card: ${field}: expected ${expected}: ${file}: ${received}`;
  return new EngineError('model_damaged', detail, { file, field, value, expected });
}
