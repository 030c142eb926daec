import * as z from 'zod';
import { EngineError } from '../../errors.ts';
import { withoutTrailing } from '../../trim-end.ts';
import { shortened } from '../field-values.ts';
import type { Fetcher } from '../http/fetcher.ts';

/** What the API answered: the value, or its own error. */
export type RestReply = RestValue | RestRefusal;
export interface RestValue {
  readonly kind: 'value';
  readonly value: unknown;
  /** Without the page number's own parameters, for places in messages. */
  readonly address: string;
  /** X-WP-Total and X-WP-TotalPages; null where a proxy drops them. */
  readonly total: number | null;
  readonly totalPages: number | null;
  /** The Date header: the server's clock. */
  readonly serverMs: number | null;
}
export interface RestRefusal {
  readonly kind: 'refusal';
  readonly address: string;
  readonly status: number;
  /** Such as `rest_no_route`; '' when the body is not an error of WordPress. */
  readonly code: string;
  readonly message: string;
}

const errorBody = z.object({ code: z.string(), message: z.string().catch('') });

/** The REST API of one site, in either address style: `/wp-json/…` or `?rest_route=/…`. */
export class RestApi {
  readonly root: URL;
  readonly #fetcher: Fetcher;

  constructor(fetcher: Fetcher, root: URL) {
    this.#fetcher = fetcher;
    this.root = root;
  }

  /** @param route such as `/wp/v2/posts` */
  address(route: string, parameters: Readonly<Record<string, string>>): URL {
    const url = new URL(this.root);
    const queryRoute = url.searchParams.get('rest_route');
    if (queryRoute === null) url.pathname = `${withoutTrailing(url.pathname, '/')}${route}`;
    else url.searchParams.set('rest_route', `${withoutTrailing(queryRoute, '/')}${route}`);
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  /** `cameFrom`: the page that named the root, for the first request to it. */
  async get(route: string, parameters: Readonly<Record<string, string>>, cameFrom?: URL): Promise<RestReply> {
    const url = this.address(route, parameters);
    const reply = await this.#fetcher.get(url, {
      accept: 'application/json',
      ...(cameFrom !== undefined && { cameFrom }),
    });
    const address = url.href;
    const text = reply.body.toString('utf8').replace(/^\uFEFF/u, '');
    const parsed = parseJson(text);
    if (reply.status !== 200) {
      const told = errorBody.safeParse(parsed);
      const { code, message } = told.success ? told.data : { code: '', message: '' };
      return { kind: 'refusal', address, status: reply.status, code, message };
    }
    if (parsed === undefined) {
      throw new EngineError('source_invalid', `Cannot read ${address}: the answer is not JSON: ${shortened(text)}`, {
        file: address,
        value: shortened(text),
        expected: 'JSON',
        remedy: 'Open the address in a browser: a PHP notice, a login page or a firewall page there is the usual cause',
      });
    }
    return {
      kind: 'value',
      value: parsed,
      address,
      total: count(reply.headers.get('x-wp-total')),
      totalPages: count(reply.headers.get('x-wp-totalpages')),
      serverMs: time(reply.headers.get('date')),
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function count(header: string | undefined): number | null {
  return header !== undefined && /^\d{1,15}$/u.test(header.trim()) ? Number(header) : null;
}

function time(header: string | undefined): number | null {
  const ms = Date.parse(header ?? '');
  return Number.isFinite(ms) ? ms : null;
}

const REMEDIES: Readonly<Record<string, string>> = {
  rest_no_route: 'Check the post type and that no plugin removes this route; custom types need show_in_rest',
  rest_type_invalid: 'Check the post type; custom types need show_in_rest',
  rest_forbidden: 'Give an application password: WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD',
  rest_not_logged_in: 'Give an application password: WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD',
  rest_cannot_access: 'A plugin closes the API to visitors: give an application password or allow this client',
  rest_disabled: 'A plugin closes the API: allow it for this client, or export the site as WXR and use that file',
  incorrect_password: 'Create an application password under Users > Profile and use it as WP_CHAT_SOURCE_PASSWORD',
  invalid_username: 'Use the login name of the application password as WP_CHAT_SOURCE_USER',
  rest_invalid_param: 'WordPress 5.0 or newer is needed; a plugin may also restrict the parameters',
};

const STATUS_REMEDIES: Readonly<Record<number, string>> = {
  401: REMEDIES['rest_forbidden']!,
  403: 'A firewall or plugin refuses this client: allow it, give an application password, or use a WXR export',
  404: 'Check the address: the REST API was not found there',
  429: 'Lower the requests per second, or run again later: the crawl continues where it stopped',
};

/** A refusal of the API as an error with what to do about it. */
export function restError(refusal: RestRefusal): EngineError {
  const { address, status, code, message } = refusal;
  const told = code === '' ? `status ${status}` : `${code}, ${message.trim().replace(/\.$/u, '')}`;
  const remedy = REMEDIES[code] ?? STATUS_REMEDIES[status];
  return new EngineError('source_unreadable', `Cannot read ${address}: the site answers ${told}`, {
    file: address,
    value: code === '' ? status : code,
    ...(remedy !== undefined && { remedy }),
  });
}
