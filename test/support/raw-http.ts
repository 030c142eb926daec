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
  #received = Buffer.alloc(0);
  #closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
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
      const chunked = readChunks(this.#received, from);
      if (chunked === null) return null;
      this.#received = this.#received.subarray(chunked.end);
      return { status, headers, body: chunked.body };
    }
    const length = bodiless ? 0 : Number(headers.get('content-length') ?? 0);
    if (this.#received.length < from + length) return null;
    const body = this.#received.subarray(from, from + length);
    this.#received = this.#received.subarray(from + length);
    return { status, headers, body };
  }
}

/** The chunks from `from` on, and where they end; null while they are not all there. */
function readChunks(bytes: Buffer, from: number): { readonly body: Buffer; readonly end: number } | null {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = bytes.indexOf('\r\n', at);
    if (line < 0) return null;
    const length = Number.parseInt(bytes.toString('latin1', at, line), 16);
    const next = line + 2 + length + 2;
    if (bytes.length < next) return null;
    if (length === 0) return { body: Buffer.concat(parts), end: next };
    parts.push(bytes.subarray(line + 2, line + 2 + length));
    at = next;
  }
}
