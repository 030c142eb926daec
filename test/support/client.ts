/** Asks a server as its clients do, in either format, and reads what comes back. */
import { Packr, Unpackr } from 'msgpackr';
import type { z } from 'zod';
import type { answerSchema, batchAnswerSchema, problemSchema } from '../../server/wire/index.ts';

export type Answer = z.infer<typeof answerSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type BatchAnswer = z.infer<typeof batchAnswerSchema>;
export type Format = 'json' | 'msgpack';

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

export const MEDIA_TYPES = { json: 'application/json', msgpack: 'application/msgpack' } as const;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true });

export const encoded = (value: unknown, format: Format): string | Uint8Array<ArrayBuffer> =>
  format === 'json' ? JSON.stringify(value) : new Uint8Array(packr.pack(value));

async function read(response: Response): Promise<unknown> {
  const bytes = Buffer.from(await response.arrayBuffer());
  if (bytes.length === 0) return null;
  return response.headers.get('content-type') === MEDIA_TYPES.msgpack
    ? (unpackr.unpack(bytes) as unknown)
    : (JSON.parse(bytes.toString('utf8')) as unknown);
}

/** Any request; the body is read by its own content type. */
export async function ask<Body = unknown>(url: string, options: RequestInit = {}): Promise<Reply<Body>> {
  const response = await fetch(url, options);
  return { status: response.status, headers: response.headers, body: (await read(response)) as Body };
}

export const post = <Body = Answer>(
  url: string,
  body: unknown,
  {
    send = 'json',
    accept = 'json',
    headers = {},
  }: { send?: Format; accept?: Format; headers?: Record<string, string> } = {},
): Promise<Reply<Body>> =>
  ask<Body>(url, {
    method: 'POST',
    headers: { 'content-type': MEDIA_TYPES[send], accept: MEDIA_TYPES[accept], ...headers },
    body: encoded(body, send),
  });

/** The answer to a search that must succeed. */
export async function search(url: string, body: Record<string, unknown>): Promise<Answer> {
  const reply = await post<Answer>(`${url}/search`, body);
  if (reply.status !== 200) throw new Error(`${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply.body;
}

/** What two answers to one question must have in common: everything but how long it took and whom it was for. */
export const lasting = ({ timings: _, requestId: __, ...rest }: Answer): Omit<Answer, 'timings' | 'requestId'> => rest;
