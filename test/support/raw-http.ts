/** HTTP/1.1 as bytes on a socket, for requests that no client library would send. */
import { connect, type Socket } from 'node:net';

export interface RawResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const END_OF_HEADERS = '\r\n\r\n';

/** One connection, on which requests may follow one another. */
export class RawConnection {
  readonly #socket: Socket;
  /** Resolves when the connection is no more. */
  readonly ended: Promise<void>;
  #waiting: { readonly bodiless: boolean; readonly give: (response: RawResponse | null) => void }[] = [];
  /** More than was received: it grows by doubling, since an export comes in thousands of pieces. */
  #space = Buffer.allocUnsafe(4096);
  #bytes = 0;
  /** Of a body in chunks, what was read so far. */
  #chunks: Chunks | null = null;
  #closed = false;
  #heardMs = performance.now();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#heardMs = performance.now();
      this.#append(chunk);
      this.#serve();
    });
    socket.on('error', () => {});
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('close', () => {
      this.#closed = true;
      for (const { give } of this.#waiting.splice(0)) give(null);
    });
  }

  /** Rejects where nobody listens. @param from an address of this machine to come from */
  static open(port: number, from = '127.0.0.1'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from, noDelay: true });
      socket.once('error', reject);
      socket.once('connect', () => resolve(new RawConnection(socket)));
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** For how long nothing has come. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  send(bytes: string | Uint8Array): void {
    if (!this.#closed && this.#socket.writable) this.#socket.write(bytes);
  }

  /**
   * The next response; null where the server closed the connection instead.
   *
   * @param bodiless of an answer to HEAD, which announces a length that does not follow
   */
  next(bodiless = false): Promise<RawResponse | null> {
    return new Promise((give) => {
      this.#waiting.push({ bodiless, give });
      this.#serve();
      if (this.#closed) for (const { give: end } of this.#waiting.splice(0)) end(null);
    });
  }

  /** Says that nothing more will come; the server may still answer. */
  finish(): void {
    this.#socket.end();
  }

  close(): void {
    this.#socket.destroy();
  }

  get #received(): Buffer {
    return this.#space.subarray(0, this.#bytes);
  }

  #append(chunk: Buffer): void {
    const needed = this.#bytes + chunk.length;
    if (needed > this.#space.length) {
      const space = Buffer.allocUnsafe(2 * needed);
      this.#received.copy(space);
      this.#space = space;
    }
    chunk.copy(this.#space, this.#bytes);
    this.#bytes = needed;
  }

  #drop(bytes: number): void {
    this.#space.copyWithin(0, bytes, this.#bytes);
    this.#bytes -= bytes;
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const response = this.#take(this.#waiting[0]!.bodiless);
      if (response === null) return;
      this.#waiting.shift()!.give(response);
    }
  }

  /** Takes one whole response off what was received; null while it is not all there. */
  #take(bodiless: boolean): RawResponse | null {
    const end = this.#received.indexOf(END_OF_HEADERS);
    if (end < 0) return null;
    const [statusLine, ...lines] = this.#received.toString('latin1', 0, end).split('\r\n');
    const headers = new Map(
      lines.map((line): [string, string] => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const from = end + END_OF_HEADERS.length;
    const status = Number(statusLine!.split(' ')[1]);
    if (headers.get('transfer-encoding') === 'chunked' && !bodiless) {
      this.#chunks ??= { parts: [], at: from };
      const chunked = readChunks(this.#received, this.#chunks);
      if (chunked === null) return null;
      this.#chunks = null;
      this.#drop(chunked.end);
      return { status, headers, body: chunked.body };
    }
    const length = bodiless ? 0 : Number(headers.get('content-length') ?? 0);
    if (this.#bytes < from + length) return null;
    const body = Buffer.from(this.#received.subarray(from, from + length));
    this.#drop(from + length);
    return { status, headers, body };
  }
}

interface Chunks {
  readonly parts: Buffer[];
  /** Where the next one begins. */
  at: number;
}

/** Goes on reading chunks; the body and where it ends, or null while they are not all there. */
function readChunks(bytes: Buffer, chunks: Chunks): { readonly body: Buffer; readonly end: number } | null {
  for (;;) {
    const line = bytes.indexOf('\r\n', chunks.at);
    if (line < 0) return null;
    const length = Number.parseInt(bytes.toString('latin1', chunks.at, line), 16);
    const next = line + 2 + length + 2;
    if (bytes.length < next) return null;
    if (length === 0) return { body: Buffer.concat(chunks.parts), end: next };
    chunks.parts.push(Buffer.from(bytes.subarray(line + 2, line + 2 + length)));
    chunks.at = next;
  }
}
