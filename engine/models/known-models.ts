import type { CardJson } from './card-schema.ts';

interface KnownFile {
  /** Path inside the hub repository; the last part is the name it is stored under. */
  readonly path: string;
  /** Null where no published checksum is known: then the first copy seen is recorded, and said to be unverified. */
  readonly sha256: string | null;
}

export interface KnownModel {
  readonly repository: string;
  readonly revision: string;
  readonly files: readonly KnownFile[];
  /** The card to install, without checksums. */
  readonly card: CardJson;
}

const BERT_INPUTS: CardJson['inputs'] = ['input_ids', 'attention_mask', 'token_type_ids'];
const BERT_UNCASED_TOKENIZER = 'd241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66';

const embedding = {
  task: 'embed',
  dimensions: 384,
  max_tokens: 256,
  max_positions: 512,
  normalized: false,
  inputs: BERT_INPUTS,
  output: 'last_hidden_state',
  quantization: 'dynamic int8',
  similarity: 'cosine',
  model_file: 'model_quantized.onnx',
} as const;

const crossEncoder = {
  task: 'rerank',
  max_tokens: 256,
  max_positions: 512,
  max_query_tokens: 64,
  inputs: BERT_INPUTS,
  output: 'logits',
  output_shape: ['batch', 1],
  pair_template: '[CLS] query [SEP] passage [SEP]',
  score: 'higher is better; a logit of relevance',
  quantization: 'dynamic int8',
  license: 'Apache-2.0',
  languages: ['en'],
  interpolation: {
    normalisation: 'z-score per query over the re-ranked list',
    over_fusion: { cross_encoder: 0.5, first_stage: 0.5 },
    over_bm25: { cross_encoder: 0.7, first_stage: 0.3 },
  },
  notes: 'The interpolation weights are those of wp-chat-rerank-en; measure before relying on them',
} satisfies Partial<CardJson>;

/**
 * Models that can be fetched by name: int8 exports on the Hugging Face hub, each at a fixed revision. The checksums are
 * those under which independent public projects pin these files; a pull refuses anything else.
 */
export const KNOWN_MODELS: readonly KnownModel[] = [
  {
    repository: 'Xenova/bge-small-en-v1.5',
    revision: 'ea104dacec62c0de699686887e3f920caeb4f3e3',
    files: [
      {
        path: 'onnx/model_quantized.onnx',
        sha256: '6c9c6101a956d62dfb5e7190c538226c0c5bb9cb27b651234b6df063ee7dbfe4',
      },
      { path: 'tokenizer.json', sha256: BERT_UNCASED_TOKENIZER },
    ],
    card: {
      ...embedding,
      name: 'bge-small-en-v1.5',
      base: 'BAAI/bge-small-en-v1.5',
      pooling: 'cls',
      prefixes: { query: 'Represent this sentence for searching relevant passages: ', document: '' },
      license: 'MIT',
      languages: ['en'],
    },
  },
  {
    repository: 'Xenova/multilingual-e5-small',
    revision: '761b726dd34fb83930e26aab4e9ac3899aa1fa78',
    files: [
      {
        path: 'onnx/model_quantized.onnx',
        sha256: 'f80102d3f2a1229f387d3c81909990d8945513e347b0eab049f7de3c6f98c193',
      },
      { path: 'tokenizer.json', sha256: '0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39' },
    ],
    card: {
      ...embedding,
      name: 'multilingual-e5-small',
      base: 'intfloat/multilingual-e5-small',
      pooling: 'mean',
      prefixes: { query: 'query: ', document: 'passage: ' },
      license: 'MIT',
      languages: ['multilingual'],
    },
  },
  {
    repository: 'cross-encoder/ms-marco-MiniLM-L6-v2',
    revision: '233902d25c440f23af6f7d6e94d2946bac0bee0a',
    files: [
      {
        path: 'onnx/model_quint8_avx2.onnx',
        sha256: 'c80a8b34256ea453093d612e3ac48d3d965a0c0a48c7906709af8b8e28461bf9',
      },
      { path: 'tokenizer.json', sha256: BERT_UNCASED_TOKENIZER },
    ],
    card: {
      ...crossEncoder,
      name: 'ms-marco-minilm-l6-v2',
      base: 'cross-encoder/ms-marco-MiniLM-L6-v2',
      model_file: 'model_quint8_avx2.onnx',
    },
  },
  {
    repository: 'cross-encoder/ms-marco-TinyBERT-L2-v2',
    revision: '81d1926f67cb8eee2c2be17ca9f793c7c3bd20cc',
    files: [
      {
        path: 'onnx/model_qint8_arm64.onnx',
        sha256: '7497b40504d425ef6482693039690106dca4f1f8d88fb5c4aedd63e73ed6ef68',
      },
      { path: 'tokenizer.json', sha256: BERT_UNCASED_TOKENIZER },
    ],
    card: {
      ...crossEncoder,
      name: 'ms-marco-tinybert-l2-v2',
      base: 'cross-encoder/ms-marco-TinyBERT-L2-v2',
      model_file: 'model_qint8_arm64.onnx',
    },
  },
];

/** Case does not matter: the hub writes ms-marco-MiniLM-L6-v2, a directory here is in lower case. */
export function findKnownModel(name: string): KnownModel | null {
  const wanted = name.toLowerCase();
  return KNOWN_MODELS.find((model) => model.card.name === wanted) ?? null;
}
