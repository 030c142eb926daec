import * as z from 'zod';
import { EngineError } from '../../errors.ts';
import { shortened } from '../field-values.ts';
import { type RestApi, type RestRefusal, type RestValue, restError } from './rest-api.ts';

export const PER_PAGE = 100;

export interface ListingPage {
  /** 1-based. */
  readonly page: number;
  readonly rows: readonly unknown[];
  readonly address: string;
  readonly total: number | null;
  readonly serverMs: number | null;
  readonly last: boolean;
}

const rowsBody = z.array(z.unknown());
const idRow = z.object({ id: z.number() });

/**
 * Pages of one route in ascending order of id: a post that is published meanwhile joins at the end, where it is still
 * read. A deletion does move later posts one place forward; the caller makes up for that by comparing ids afterwards.
 *
 * @throws EngineError source_invalid when the site repeats a page, which a pager that ignores `page` would do for ever
 */
export async function* listPages(
  api: RestApi,
  route: string,
  parameters: Readonly<Record<string, string>>,
  fromPage = 1,
): AsyncGenerator<ListingPage> {
  let previousFirst: number | null = null;
  for (let page = fromPage; ; page++) {
    const reply = await api.get(route, {
      ...parameters,
      per_page: String(PER_PAGE),
      orderby: 'id',
      order: 'asc',
      page: String(page),
    });
    if (reply.kind === 'refusal') {
      if (page > 1 && isPastEnd(reply)) return;
      throw restError(reply);
    }
    const rows = readRows(reply);
    const first = idRow.safeParse(rows[0]).data?.id ?? null;
    if (first !== null && first === previousFirst) throw repeating(reply.address, page);
    previousFirst = first;
    const last = rows.length === 0 || (reply.totalPages === null ? rows.length < PER_PAGE : page >= reply.totalPages);
    yield { page, rows, address: reply.address, total: reply.total, serverMs: reply.serverMs, last };
    if (last) return;
  }
}

/** The posts of these ids that a visitor may see, at most {@link PER_PAGE} ids at once. */
export async function listByIds(
  api: RestApi,
  route: string,
  ids: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Promise<{ rows: readonly unknown[]; address: string }> {
  const reply = await api.get(route, { ...parameters, include: ids.join(','), per_page: String(PER_PAGE) });
  if (reply.kind === 'refusal') throw restError(reply);
  return { rows: readRows(reply), address: reply.address };
}

function readRows(reply: RestValue): readonly unknown[] {
  const rows = rowsBody.safeParse(reply.value);
  if (rows.success) return rows.data;
  throw new EngineError(
    'source_invalid',
    `Cannot read ${reply.address}: not a list of posts: ${shortened(reply.value)}`,
    {
      file: reply.address,
      value: shortened(reply.value),
      expected: 'a JSON array of posts',
    },
  );
}

function isPastEnd(refusal: RestRefusal): boolean {
  return refusal.code === 'rest_post_invalid_page_number';
}

function repeating(address: string, page: number): EngineError {
  return new EngineError(
    'source_invalid',
    `Cannot read the listing of posts: page ${page} repeats page ${page - 1}: ${address}`,
    {
      file: address,
      value: page,
      expected: 'pages that differ',
      remedy: 'A cache or plugin ignores the page parameter: exclude the REST API from it',
    },
  );
}
