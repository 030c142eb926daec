/** One keep-alive HTTP/1.1 connection with one request under way, on a bare socket: as little client as can be. */
import { connect, type Socket } from 'node:net';
import { chunkedBody } from './chunked.ts';

export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface Reply {
  /** Null where the connection ended, or said what is no answer. */
  readonly status: number | null;
  readonly body: string;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const STATUS_LINE = /^HTTP\/1\.1 (\d{3})/;
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding: *chunked/i;
const CLOSES = /\r\nconnection: *close/i;
const LOST: Reply = { status: null, body: '' };

export class Connection {
  readonly #socket: Socket;
  #chunks: Buffer[] = [];
  #bytes = 0;
  /** 0 until the head is whole. */
  #headBytes = 0;
  /** Of the answer; null where it comes in chunks. */
  #wholeBytes: number | null = null;
  #status = 0;
  #closing = false;
  #answered: ((reply: Reply) => void) | null = null;

  constructor({ host, port }: Target) {
    this.#socket = connect(port, host);
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', () => this.#end(LOST));
    this.#socket.on('close', () => this.#end(LOST));
  }

  /** Whether another request can be sent. */
  get usable(): boolean {
    return !this.#closing && !this.#socket.destroyed;
  }

  /** `answered` is called once: when the last byte of the answer is here, or none will come. */
  send(request: Buffer, answered: (reply: Reply) => void): void {
    this.#answered = answered;
    this.#socket.write(request);
  }

  /** Gives up what is under way; its callback is not called. */
  close(): void {
    this.#answered = null;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#headBytes === 0 && !this.#readHead()) return;
    const body = this.#body();
    if (body === null) return;
    this.#chunks = [];
    this.#bytes = 0;
    this.#headBytes = 0;
    this.#end({ status: this.#status, body });
    if (this.#closing) this.#socket.destroy();
  }

  /** Whether the head is whole. An answer without a length is none that this client reads: the connection is given up. */
  #readHead(): boolean {
    const bytes = this.#joined();
    const end = bytes.indexOf(HEAD_END);
    if (end < 0) return false;
    const head = bytes.toString('latin1', 0, end);
    const status = STATUS_LINE.exec(head);
    const length = LENGTH.exec(head);
    if (status === null || (length === null && !CHUNKED.test(head))) {
      this.#socket.destroy();
      return false;
    }
    this.#status = Number(status[1]);
    this.#closing = CLOSES.test(head);
    this.#headBytes = end + HEAD_END.length;
    this.#wholeBytes = length === null ? null : this.#headBytes + Number(length[1]);
    return true;
  }

  /** Null while more of it is to come, or the connection is given up. */
  #body(): string | null {
    if (this.#wholeBytes !== null)
      return this.#bytes < this.#wholeBytes ? null : this.#joined().toString('utf8', this.#headBytes, this.#wholeBytes);
    const read = chunkedBody(this.#joined(), this.#headBytes);
    if (read === 'malformed') this.#socket.destroy();
    return typeof read === 'string' ? null : read.body;
  }

  #joined(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0]!;
  }

  #end(reply: Reply): void {
    const answered = this.#answered;
    this.#answered = null;
    answered?.(reply);
  }
}
