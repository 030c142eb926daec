/**
 * One request to a server, and its answer. Redirects are not followed, so that a key goes nowhere else. A certificate of ours is
 * known by itself: neither its name nor who signed it matters to who has the file.
 */
import { X509Certificate } from 'node:crypto';
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as plainRequest,
  type RequestOptions,
} from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';

export interface Sent {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly timeoutMs: number;
  /** The one certificate that is believed, as PEM; null where the usual authorities are asked. */
  readonly certificate: Buffer | null;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a server of ours may say at most. */
const BODY_BYTES_MAX = 64 * 2 ** 20;

/** @throws Error where there is no answer in time, or another certificate */
export async function send({ url, method, headers, body, timeoutMs, certificate }: Sent): Promise<Reply> {
  const signal = AbortSignal.timeout(timeoutMs);
  const secure = url.protocol === 'https:';
  const socket = secure && certificate !== null ? await pinned(url, new X509Certificate(certificate), signal) : null;
  // A connection of one's own is only taken where no agent is named.
  const by: RequestOptions = socket === null ? { agent: false } : { createConnection: () => socket };
  const options: RequestOptions = { method, headers, signal, ...by };
  return new Promise((resolve, reject) => {
    const sent = (secure ? tlsRequest : plainRequest)(url, options, (answer) => {
      gathered(answer).then(
        (text) => resolve({ status: answer.statusCode!, headers: answer.headers, body: text }),
        reject,
      );
    });
    sent.on('error', (error) => reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error));
    sent.end(body ?? undefined);
  });
}

/** A connection over which nothing was sent yet, to whoever holds the key of that certificate. */
function pinned({ hostname, port }: URL, expected: X509Certificate, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const host = hostname.replace(/^\[(.*)\]$/, '$1');
    const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false });
    signal.addEventListener('abort', () => socket.destroy(new Error('no answer in time')));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      if (socket.getPeerX509Certificate()?.fingerprint256 === expected.fingerprint256) resolve(socket);
      else socket.destroy(new Error('the certificate is not that of server.tls.certFile'));
    });
  });
}

async function gathered(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > BODY_BYTES_MAX) throw new Error(`the answer has more than ${BODY_BYTES_MAX} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}
