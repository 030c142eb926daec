/** An operation meets a document as it is: what is written, or why nothing is? */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { SourcePost } from '../source/index.ts';
import { type DocumentFields, type Effect, idOf, type Operation, type Outcome } from './operation.ts';
import { DIGEST_BYTES } from './record.ts';

/** A document that is there. */
export interface Present {
  readonly version: number;
  /** Only asked for where {@link readsDocument} says so. */
  readonly document: () => SourcePost;
}

export type Decision =
  | { readonly kind: 'write'; readonly effect: Effect; readonly document: Uint8Array | null }
  | { readonly kind: 'answer'; readonly outcome: Outcome };

/** UTF-8 bytes of an id or of a key. */
const NAME_BYTES_MAX = 512;

export function decide(operation: Operation, present: Present | null, documentBytesMax: number): Decision {
  const { ifVersion, kind } = operation;
  const version = present?.version ?? null;
  if (!holds(ifVersion, version)) return answer({ kind: 'conflict', version });
  if (kind === 'put') {
    const { document, ifChanged } = operation;
    if (ifChanged && present !== null && isDeepStrictEqual(present.document(), document))
      return answer({ kind: 'unchanged', version: present.version, replayed: false });
    return write(document, present === null ? 'created' : 'updated', documentBytesMax);
  }
  if (present === null) return answer({ kind: 'missing' });
  if (kind === 'delete') return { kind: 'write', effect: 'deleted', document: null };
  return write(patched(present.document(), operation.fields), 'updated', documentBytesMax);
}

/** Whether it depends on what is in the document that is there. */
export const readsDocument = (operation: Operation): boolean =>
  operation.kind === 'patch' || (operation.kind === 'put' && operation.ifChanged === true);

/** Why an operation cannot be, whatever is there; null where it can. */
export function fault(operation: Operation): string | null {
  const id = idOf(operation);
  for (const [what, name] of [
    ['an id', id],
    ['a key', operation.key ?? ' '],
  ] as const) {
    const bytes = Buffer.byteLength(name);
    if (bytes === 0 || bytes > NAME_BYTES_MAX) return `Expected ${what} of 1 to ${NAME_BYTES_MAX} bytes, got ${bytes}`;
  }
  return null;
}

/** Of all that an operation asks for, its key aside. Equal JSON has equal digests; the order of keys counts. */
export function digestOf(operation: Operation): string {
  const { key: _, ...asked } = operation;
  return createHash('sha256')
    .update(JSON.stringify(asked))
    .digest('hex')
    .slice(0, 2 * DIGEST_BYTES);
}

function holds(ifVersion: Operation['ifVersion'], version: number | null): boolean {
  if (ifVersion === null) return true;
  if (ifVersion === 'absent') return version === null;
  return ifVersion === 'present' ? version !== null : ifVersion === version;
}

function patched(document: SourcePost, fields: DocumentFields): SourcePost {
  const html = fields.text != null && fields.html === undefined ? null : document.html;
  return { ...document, html, ...fields, id: document.id };
}

function write(document: SourcePost, effect: Effect, documentBytesMax: number): Decision {
  if (document.html === null && document.text === null) {
    return answer({ kind: 'invalid', detail: `Expected html or text, got neither: ${document.id}` });
  }
  // A buffer of its own: small ones of node share theirs, and one that lives would keep the others.
  const bytes = new TextEncoder().encode(JSON.stringify(document));
  if (bytes.length > documentBytesMax) {
    const detail = `Expected at most ${documentBytesMax} bytes of a document in JSON, got ${bytes.length}: ${document.id}`;
    return answer({ kind: 'invalid', detail });
  }
  return { kind: 'write', effect, document: bytes };
}

const answer = (outcome: Outcome): Decision => ({ kind: 'answer', outcome });
