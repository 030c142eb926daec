import type { HttpAnswer } from '../http.ts';
import { CONTENT_TYPES } from '../wire/index.ts';

/** Numbers of this moment: never kept by anyone. */
export const NO_STORE = ['cache-control', 'no-store'] as const;

export const json = (value: unknown, status = 200): HttpAnswer => ({
  status,
  contentType: CONTENT_TYPES.json,
  body: JSON.stringify(value),
  headers: [NO_STORE],
});
