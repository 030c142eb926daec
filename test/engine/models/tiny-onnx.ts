/**
 * Writes the smallest ONNX graphs that answer the way a test needs, in the protobuf wire format of onnx.proto:
 * every token becomes sin(id × frequency of the dimension), so that each token and each dimension is told apart.
 */
type Field = readonly number[];

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 128);
  }
};
const int = (field: number, value: number): Field => [...varint(field << 3), ...varint(value)];
const bytes = (field: number, value: Iterable<number>): Field => {
  const content = [...value];
  return [...varint((field << 3) | 2), ...varint(content.length), ...content];
};
const text = (field: number, value: string): Field => bytes(field, Buffer.from(value));
const message = (field: number, ...parts: Field[]): Field => bytes(field, parts.flat());

const FLOAT = 1;
const INT64 = 7;

function value(field: number, name: string, type: number, shape: readonly (number | string)[]): Field {
  const dims = shape.map((size) => message(1, typeof size === 'number' ? int(1, size) : text(2, size)));
  return message(field, text(1, name), message(2, message(1, int(1, type), message(2, ...dims))));
}

function node(operator: string, inputs: readonly string[], output: string, ...attributes: Field[]): Field {
  return message(1, ...inputs.map((name) => text(1, name)), text(2, output), text(4, operator), ...attributes);
}

function tensor(name: string, type: number, shape: readonly number[], raw: Uint8Array): Field {
  return message(5, ...shape.map((size) => int(1, size)), int(2, type), text(8, name), bytes(9, raw));
}

/** Frequency of each dimension: what {@link tinyGraph} computes, restated for the reference in the tests. */
export const frequencies = (dimensions: number): Float32Array =>
  Float32Array.from({ length: dimensions }, (_, d) => (d + 1) / 7);

export interface TinyGraph {
  readonly dimensions: number;
  /** sin: finite states; log: the logarithm of minus the angle, which is NaN for every id above 0. */
  readonly operator: 'Sin' | 'Log';
  /** Names of the int64 inputs; the first one is computed with. */
  readonly inputs: readonly string[];
}

/** The bytes of a graph from ids [1, sequence] to `states` [1, sequence, dimensions]. */
export function tinyGraph({ dimensions, operator, inputs }: TinyGraph): Uint8Array {
  const sign = operator === 'Log' ? -1 : 1;
  const weights = frequencies(dimensions).map((frequency) => frequency * sign);
  const axis = new Uint8Array(new BigInt64Array([2n]).buffer);
  const castToFloat = message(5, text(1, 'to'), int(3, FLOAT), int(20, 2));
  const graph = message(
    7,
    node('Cast', [inputs[0]!], 'ids', castToFloat),
    node('Unsqueeze', ['ids', 'axis'], 'column'),
    node('Mul', ['column', 'weights'], 'angles'),
    node(operator, ['angles'], 'states'),
    text(2, 'tiny'),
    tensor('axis', INT64, [1], axis),
    tensor('weights', FLOAT, [dimensions], new Uint8Array(weights.buffer)),
    ...inputs.map((name) => value(11, name, INT64, ['batch', 'sequence'])),
    value(12, 'states', FLOAT, ['batch', 'sequence', dimensions]),
  );
  return Uint8Array.from([...int(1, 9), ...graph, ...message(8, int(2, 17))]);
}
