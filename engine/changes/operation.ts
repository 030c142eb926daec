/** What may be asked of the living documents, and what comes of it. */
import type { EngineError } from '../errors.ts';
import type { SourcePost } from '../source/index.ts';

/** Fields of a document that PATCH may name. */
export type DocumentFields = Partial<Omit<SourcePost, 'id'>>;

interface Conditions {
  /**
   * Which version the document must have for this to be done; `absent` and `present` ask only whether it is there, null for
   * nothing. RFC 9110, 13.1: If-Match with an entity tag, `If-None-Match: *`, `If-Match: *`.
   */
  readonly ifVersion: number | 'absent' | 'present' | null;
  /**
   * Whoever asks again with the same key and the same content gets the outcome of the first time, and nothing is done twice; null
   * for none. Only what changed something is remembered, {@link KeySettings} says how much of it and for how long.
   */
  readonly key: string | null;
}

export type Operation =
  /** The document is this from now on, whether it was there or not. */
  | (Conditions & {
      readonly kind: 'put';
      readonly document: SourcePost;
      /** Whether nothing is to be done where it is that already, whichever way it came: for who does not know what is there. */
      readonly ifChanged?: boolean;
    })
  /**
   * The named fields are these from now on. A `text` without an `html` takes the place of the old one, since that would be read
   * first.
   */
  | (Conditions & { readonly kind: 'patch'; readonly id: string; readonly fields: DocumentFields })
  | (Conditions & { readonly kind: 'delete'; readonly id: string });

export type Outcome =
  /** Durable. A version is the sequence of the change that made it: it only rises, and is never that of two documents. */
  | { readonly kind: 'created' | 'updated' | 'deleted'; readonly version: number; readonly replayed: boolean }
  /** It was that already, since the change of that version. */
  | { readonly kind: 'unchanged'; readonly version: number; readonly replayed: false }
  /** There is nothing to patch or to delete. */
  | { readonly kind: 'missing' }
  /** The condition does not hold; null where there is no such document. */
  | { readonly kind: 'conflict'; readonly version: number | null }
  /** The key was used for something else. */
  | { readonly kind: 'keyReused' }
  /** No room until a merge has made some. */
  | { readonly kind: 'full'; readonly bound: 'documentsMax' | 'bytesMax'; readonly limit: number }
  | { readonly kind: 'invalid'; readonly detail: string }
  /**
   * The disk did not take it: it does not count. Only where the process ends before the disk takes anything again may it be found
   * at the next start, whole.
   */
  | { readonly kind: 'refused'; readonly error: EngineError };

/** What an operation that changed something did. */
export type Effect = 'created' | 'updated' | 'deleted';

export const idOf = (operation: Operation): string => (operation.kind === 'put' ? operation.document.id : operation.id);
