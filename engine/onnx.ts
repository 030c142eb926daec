import { existsSync } from 'node:fs';
import { env, InferenceSession, Tensor } from 'onnxruntime-node';
import { EngineError } from './errors.ts';

/** Version of the native library. */
export const onnxRuntimeVersion: string = env.versions.node ?? env.versions.common;

/** Int64 inputs of shape [1, length], by name. Values must be whole numbers of 32 bits. */
export type OnnxFeeds = Readonly<Record<string, Int32Array>>;

interface OnnxExpectation {
  /** The output to fetch; others are not computed into memory. */
  readonly output: string;
  readonly shape: readonly number[];
}

/** A loaded graph. It belongs to one thread; runs that overlap are taken one after the other. */
export interface OnnxSession {
  readonly path: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the graph once, blocking the thread meanwhile. The result belongs to the caller and is checked to be finite.
   * @throws EngineError `model_failed` where the graph fails, or answers with another shape or with NaN or infinity.
   */
  run(feeds: OnnxFeeds, expectation: OnnxExpectation): Promise<Float32Array>;
  /** Frees the native memory, after the runs under way. Idempotent; later runs fail with `model_failed`. */
  dispose(): Promise<void>;
}

export interface OnnxOptions {
  /** Threads inside one operator. One is right for a worker per core. */
  readonly threads: number;
}

/** Fatal only: an error of a run comes back as a value, and would else be printed on standard error as well. */
const LOG_SEVERITY_FATAL = 4;

/**
 * Loads an ONNX file for the CPU.
 * @throws EngineError `model_missing` where there is no such file, `model_damaged` where it is not a graph that can run.
 */
export async function openSession(path: string, { threads }: OnnxOptions): Promise<OnnxSession> {
  if (!existsSync(path)) {
    throw new EngineError('model_missing', `Cannot open model: file is missing: ${path}`, { file: path });
  }
  try {
    const native = await InferenceSession.create(path, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: 'all',
      logSeverityLevel: LOG_SEVERITY_FATAL,
      extra: { session: { intra_op: { allow_spinning: '0' }, inter_op: { allow_spinning: '0' } } },
    });
    return new CpuSession(native, path);
  } catch (cause) {
    throw new EngineError('model_damaged', `Cannot open model: ${reasonOf(cause)}: ${path}`, { file: path }, cause);
  }
}

class CpuSession implements OnnxSession {
  readonly path: string;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #buffers = new Map<string, Int64Buffer>();
  #native: InferenceSession | null;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(native: InferenceSession, path: string) {
    this.#native = native;
    this.path = path;
    this.inputNames = native.inputNames;
    this.outputNames = native.outputNames;
  }

  run(feeds: OnnxFeeds, expectation: OnnxExpectation): Promise<Float32Array> {
    // The binding reads the shared input buffers a turn later, so the next run may not fill them before this one ends.
    const turn = this.#tail.then(() => this.#runNow(feeds, expectation));
    this.#tail = turn.catch(() => undefined);
    return turn;
  }

  dispose(): Promise<void> {
    const released = this.#tail.then(async () => {
      const native = this.#native;
      this.#native = null;
      this.#buffers.clear();
      await native?.release();
    });
    this.#tail = released.catch(() => undefined);
    return released;
  }

  async #runNow(feeds: OnnxFeeds, expectation: OnnxExpectation): Promise<Float32Array> {
    if (this.#native === null) throw this.#failure('it was closed');
    const tensors: Record<string, Tensor> = {};
    for (const name of Object.keys(feeds)) tensors[name] = this.#bufferOf(name).tensorOf(feeds[name]!);
    let output: Tensor;
    try {
      const outputs = await this.#native.run(tensors, [expectation.output]);
      output = outputs[expectation.output] as Tensor;
    } catch (cause) {
      throw this.#failure(reasonOf(cause), cause);
    }
    return this.#checked(output, expectation);
  }

  #checked(output: Tensor, { output: name, shape }: OnnxExpectation): Float32Array {
    const data = output.data;
    const sameShape = output.dims.length === shape.length && output.dims.every((size, axis) => size === shape[axis]);
    if (!(data instanceof Float32Array) || !sameShape) {
      throw this.#failure(`${name} is ${output.type} [${output.dims}], expected float32 [${shape}]`);
    }
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i]!)) throw this.#failure(`${name} holds ${data[i]} at ${i}`);
    }
    return data;
  }

  #bufferOf(name: string): Int64Buffer {
    let buffer = this.#buffers.get(name);
    if (buffer === undefined) {
      buffer = new Int64Buffer();
      this.#buffers.set(name, buffer);
    }
    return buffer;
  }

  #failure(reason: string, cause?: unknown): EngineError {
    return new EngineError('model_failed', `Cannot run model: ${reason}: ${this.path}`, { file: this.path }, cause);
  }
}

/** Room for one int64 input, grown to the longest seen and written as 32-bit halves: a BigInt a token would be garbage. */
class Int64Buffer {
  #halves = new Int32Array(0);
  #values = new BigInt64Array(0);

  tensorOf(ids: Int32Array): Tensor {
    const length = ids.length;
    if (length > this.#values.length) {
      this.#values = new BigInt64Array(length);
      this.#halves = new Int32Array(this.#values.buffer);
    }
    const halves = this.#halves;
    for (let i = 0; i < length; i++) {
      const id = ids[i]!;
      halves[2 * i] = id;
      halves[2 * i + 1] = id >> 31;
    }
    return new Tensor('int64', this.#values.subarray(0, length), [1, length]);
  }
}

/** The first line only: some messages of the runtime carry pages of the graph. */
function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  return message.split('\n')[0]!.slice(0, 300);
}
