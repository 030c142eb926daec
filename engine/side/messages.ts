/** What a process that works says to the one that started it. Plain values. */
import type { ErrorCode, ErrorPlace } from '../errors.ts';

export type FromJob<Said, Done> =
  | { readonly said: Said }
  | { readonly done: Done }
  | { readonly failure: { readonly code: ErrorCode; readonly detail: string; readonly place: ErrorPlace } };
