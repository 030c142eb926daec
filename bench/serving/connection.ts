/** One keep-alive HTTP/1.1 connection with one request under way: as little client as can be, on a bare socket. */
import { connect, type Socket } from 'node:net';

const HEAD_END = Buffer.from('\r\n\r\n');
/** `HTTP/1.1 200 …` */
const STATUS_AT = 9;

export class Connection {
  readonly #socket: Socket;
  #head: Buffer | null = null;
  /** Bytes of the body still to come. */
  #bodyBytes = 0;
  #status = 0;
  #answered: ((status: number) => void) | null = null;

  private constructor(socket: Socket, failed: (error: Error) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', failed);
    socket.on('close', () => {
      if (this.#answered !== null) failed(new Error('The server closed the connection before it answered'));
    });
  }

  static open(port: number, failed: (error: Error) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Connection(socket, failed)));
      socket.once('error', reject);
    });
  }

  /** Sends one request; `answered` is called with the status when the last byte of the answer is here. */
  send(request: Buffer, answered: (status: number) => void): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#bodyBytes === 0) {
      const bytes = this.#head === null ? chunk : Buffer.concat([this.#head, chunk]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) {
        this.#head = bytes;
        return;
      }
      this.#head = null;
      this.#status = Number(bytes.toString('latin1', STATUS_AT, STATUS_AT + 3));
      const length = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end));
      if (length === null) throw new Error(`An answer without a length: ${bytes.toString('latin1', 0, end)}`);
      this.#bodyBytes = Number(length[1]) - (bytes.length - end - HEAD_END.length);
    } else this.#bodyBytes -= chunk.length;
    if (this.#bodyBytes > 0) return;
    const answered = this.#answered!;
    this.#answered = null;
    answered(this.#status);
  }
}
