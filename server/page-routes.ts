/** The pages and the files they ask for: read once, recorded as one endpoint. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../engine/package-root.ts';
import { dashboardFiles } from '../ops/index.ts';
import type { Route } from './http.ts';
import { runbookPage } from './runbook/index.ts';

/** Nothing from elsewhere runs or is framed; styles and scripts are files of ours. */
const PAGE_HEADERS = [
  [
    'content-security-policy',
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  ],
  ['cache-control', 'no-cache'],
] as const;

const CONTENT = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const;

const SEARCH_ASSETS = [
  'search.js',
  'search.css',
  'search-answer.css',
  'theme.css',
  'elements.js',
  'search-address.js',
  'search-client.js',
  'search-clicks.js',
  'search-empty.js',
  'search-explain.js',
  'search-filters.js',
  'search-hits.js',
  'search-keys.js',
  'search-notices.js',
  'search-timings.js',
  'docs.css',
  'runbook.css',
  'docs-schema.js',
  'docs-try.js',
  'docs.js',
] as const;

function page(path: string, file: string, contentType: string): Route {
  const body = readFileSync(file);
  const asset = path.startsWith('/assets/') ? { endpoint: '/assets' } : {};
  return {
    method: 'GET',
    path,
    ...asset,
    handle: () => ({ status: 200, contentType, body, headers: PAGE_HEADERS }),
  };
}

function ours(path: string, name: string): Route {
  return page(path, join(packageRoot, 'server/pages', name), CONTENT[name.split('.').at(-1) as keyof typeof CONTENT]);
}

/** Made for the first who asks: most starts are for nobody who does. */
function runbook(): Route {
  let body: string | null = null;
  return {
    method: 'GET',
    path: '/runbook',
    handle: () => {
      body ??= runbookPage();
      return { status: 200, contentType: CONTENT.html, body, headers: PAGE_HEADERS };
    },
  };
}

export const pageRoutes = (): Route[] => [
  ours('/', 'search.html'),
  ours('/docs', 'docs.html'),
  runbook(),
  ...SEARCH_ASSETS.map((name) => ours(`/assets/${name}`, name)),
  ...dashboardFiles(packageRoot).map(({ path, file, contentType }) => page(path, file, contentType)),
];
