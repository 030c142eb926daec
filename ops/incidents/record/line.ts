/**
 * How does an event lie in the file? One JSON object a line, which begins with the CRC-32 of all that follows it:
 *
 * ```text
 * {"crc":"9ae0daaf","seq":12,"time":"2026-01-05T03:00:12.000Z","incident":"01J…","type":"high_latency","scope":"service","by":"wp-chat","event":{"kind":"note",…}}
 * ```
 */
import { crc32 } from 'node:zlib';
import { type IncidentEvent, lineSchema } from './event.ts';

const HEAD = '{"crc":"';
/** Up to the comma behind the checksum. */
const HEAD_BYTES = HEAD.length + 8 + 2;

/** With the line feed at its end. */
export function encodeLine({ seq, timeMs, incident, type, scope, by, event }: IncidentEvent): Buffer {
  const time = new Date(timeMs).toISOString();
  const rest = `${JSON.stringify({ seq, time, incident, type, scope, by, event }).slice(1)}\n`;
  return Buffer.from(`${HEAD}${sumOf(Buffer.from(rest).subarray(0, -1))}",${rest}`);
}

/**
 * @param line without its line feed
 * @returns null where the bytes are not those that were written; 'unknown' where they are, and another version wrote them
 */
export function decodeLine(line: Buffer): IncidentEvent | 'unknown' | null {
  const head = line.toString('latin1', 0, HEAD_BYTES);
  const rest = line.subarray(HEAD_BYTES);
  if (head !== `${HEAD}${sumOf(rest)}",`) return null;
  const parsed = lineSchema.safeParse(jsonOf(line.toString('utf8')));
  if (!parsed.success) return 'unknown';
  const { time, ...event } = parsed.data;
  return { ...event, timeMs: Date.parse(time) };
}

/** Undefined of what is no JSON, with a good checksum or not. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const sumOf = (bytes: Uint8Array): string => crc32(bytes).toString(16).padStart(8, '0');
