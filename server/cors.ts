/**
 * May a page of another site read the answer? Only one of `server.cors.origins`, and only what is asked of the search (Fetch Standard,
 * CORS protocol). No credentials are ever allowed: a page that needs a key sends it itself.
 */
import { z } from 'zod';
import type { CrossOrigin } from './http-types.ts';

const ANY = '*';
const ORIGINS_CHARS_MAX = 8192;
/** Seconds for which a browser need not ask again; the most that any of them keeps. */
const PREFLIGHT_S = 7200;
const HEADERS_SENT =
  'authorization, content-type, if-none-match, x-api-key, x-request-deadline-ms, x-request-id, x-session-id, x-user-id';
const HEADERS_READ = 'etag, ratelimit, ratelimit-policy, retry-after, x-cache, x-canary, x-request-id';

export const corsSchema = z.strictObject({
  origins: z
    .string()
    .max(ORIGINS_CHARS_MAX)
    .superRefine((text, context) => {
      const bad = partsOf(text).find((part) => part !== ANY && !isOrigin(part));
      if (bad === undefined) return;
      context.addIssue({
        code: 'custom',
        message: `origins separated by commas, such as https://example.com, or * for any; ${JSON.stringify(bad.slice(0, 60))} is none`,
      });
    })
    .default('')
    .describe('Sites whose pages may search from a browser, as origins separated by commas; * for any, empty for none'),
});

export type CorsSettings = z.infer<typeof corsSchema>;

const partsOf = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** As browsers spell it in `Origin`. */
function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol } = new URL(text);
  return origin === text && (protocol === 'https:' || protocol === 'http:');
}

const VARY = ['vary', 'origin'] as const;
const EXPOSED = ['access-control-expose-headers', HEADERS_READ] as const;

/** Null where no page of another site may read anything. */
export function crossOriginOf({ origins }: CorsSettings): CrossOrigin | null {
  const allowed = new Set(partsOf(origins));
  if (allowed.size === 0) return null;
  const granted = (origin: string): readonly [string, string] | null => {
    if (allowed.has(ANY)) return ['access-control-allow-origin', ANY];
    return allowed.has(origin) ? ['access-control-allow-origin', origin] : null;
  };
  return {
    answerTo: (origin) => {
      const grant = origin === '' ? null : granted(origin);
      return grant === null ? [VARY] : [VARY, grant, EXPOSED];
    },
    allow: (origin, methods) => {
      const grant = granted(origin);
      if (grant === null) return null;
      return [
        VARY,
        grant,
        ['access-control-allow-methods', methods.join(', ')],
        ['access-control-allow-headers', HEADERS_SENT],
        ['access-control-max-age', String(PREFLIGHT_S)],
      ];
    },
  };
}
