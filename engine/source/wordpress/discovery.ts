import * as z from 'zod';
import { EngineError } from '../../errors.ts';
import { withoutTrailing } from '../../trim-end.ts';
import { languageTag } from '../field-values.ts';
import type { Fetcher } from '../http/fetcher.ts';
import { HOME_PAGE_BYTES_MAX, readHomePage } from './home-page.ts';
import { RestApi, type RestRefusal, restError } from './rest-api.ts';

export interface Site {
  readonly api: RestApi;
  /** Language of the site, BCP 47; null when it does not say. */
  readonly lang: string | null;
}

const rootBody = z.object({ namespaces: z.array(z.string()) });
const settingsBody = z.object({ language: z.string() });

/**
 * Finds the REST API of the site at `from`: where its front page says (Link header or link element), else at `/wp-json/`,
 * else at `?rest_route=/`. With credentials it also makes sure that they are accepted, because WordPress answers a wrong
 * application password on public routes as if there were none.
 *
 * @throws EngineError source_unreadable with every address tried
 */
export async function discoverSite(fetcher: Fetcher, from: URL, authenticated: boolean): Promise<Site> {
  const front = await fetcher.get(from, { accept: 'text/html', overlong: 'cut', bodyBytesMax: HOME_PAGE_BYTES_MAX });
  const page = readHomePage(front.headers.get('link'), front.body.toString('utf8'));
  const tried: string[] = [];
  let refusal: RestRefusal | null = null;
  for (const root of candidates(from, front.url, page.apiAddress)) {
    tried.push(root.href);
    const api = new RestApi(fetcher, root);
    const reply = await probe(api, front.url);
    if (reply === null) continue;
    if (reply !== 'found') {
      refusal ??= reply;
      continue;
    }
    if (!authenticated) return { api, lang: page.lang };
    await checkCredentials(api, from);
    return { api, lang: page.lang ?? (await settingsLanguage(api)) };
  }
  if (refusal !== null && refusal.code !== '' && refusal.code !== 'rest_no_route') throw restError(refusal);
  throw new EngineError(
    'source_unreadable',
    `Cannot find the WordPress REST API of ${from.href}: tried ${tried.join(', ')}`,
    {
      file: from.href,
      value: from.href,
      expected: 'the address of a WordPress site, 4.7 or newer, with its REST API reachable',
      remedy: 'Check the address in a browser; a site whose API is closed can be read from a WXR export instead',
    },
  );
}

function* candidates(from: URL, final: URL, named: string | null): Iterable<URL> {
  const seen = new Set<string>();
  const bases = /\/wp-json\/?$/u.test(from.pathname) || from.searchParams.has('rest_route') ? [from] : [];
  const addresses = [
    ...bases.map((base) => base.href),
    ...(named === null ? [] : [named]),
    `${withoutTrailing(final.pathname.replace(/\/[^/.]*\.[^/]*$/u, '/'), '/')}/wp-json/`,
    `${withoutTrailing(final.pathname, '/')}/?rest_route=/`,
  ];
  for (const address of addresses) {
    if (!URL.canParse(address, final.href)) continue;
    const root = new URL(address, final);
    root.hash = '';
    if (!seen.has(root.href)) yield root;
    seen.add(root.href);
  }
}

async function probe(api: RestApi, cameFrom: URL): Promise<'found' | RestRefusal | null> {
  try {
    const reply = await api.get('/', { _fields: 'namespaces' }, cameFrom);
    if (reply.kind === 'refusal') return reply;
    const root = rootBody.safeParse(reply.value);
    return root.success && root.data.namespaces.includes('wp/v2') ? 'found' : null;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'source_invalid') return null;
    throw error;
  }
}

async function checkCredentials(api: RestApi, from: URL): Promise<void> {
  if (api.root.origin !== from.origin) {
    throw new EngineError('source_refused', `Cannot send the password of ${from.origin} to ${api.root.origin}`, {
      field: 'from',
      value: from.origin,
      remedy: `If this is the same site, use its own address as the source: ${api.root.origin}`,
    });
  }
  const reply = await api.get('/wp/v2/users/me', { _fields: 'id' });
  if (reply.kind === 'value') return;
  throw new EngineError(
    'source_unreadable',
    `Cannot log in to ${from.origin}: the user name or application password is not accepted: ${reply.code || reply.status}`,
    {
      field: 'WP_CHAT_SOURCE_PASSWORD',
      expected: 'an application password, not the password of the login page',
      remedy:
        'Create one under Users > Profile > Application Passwords; some servers also strip the Authorization header',
    },
  );
}

async function settingsLanguage(api: RestApi): Promise<string | null> {
  const reply = await api.get('/wp/v2/settings', { _fields: 'language' });
  const settings = reply.kind === 'value' ? settingsBody.safeParse(reply.value) : null;
  return settings?.success ? languageTag(settings.data.language) : null;
}
