/** What must be served so that /dashboard works? The page's plain files, and the chart library's own. */
import { createRequire } from 'node:module';
import { join } from 'node:path';

export interface PageFile {
  /** Address, from the root of the site. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly contentType: string;
}

const CONTENT = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
} as const;

const OWN = [
  'dashboard.css',
  'panels.css',
  'objectives.css',
  'incident.css',
  'charts.css',
  'dashboard.js',
  'admin-client.js',
  'admission.js',
  'announcer.js',
  'canary.js',
  'chart-board.js',
  'chart-kinds.js',
  'chart-text.js',
  'chart.js',
  'charts.js',
  'connection.js',
  'detectors.js',
  'facts.js',
  'feed.js',
  'figures.js',
  'history.js',
  'holdings.js',
  'incident-actions.js',
  'incident-desk.js',
  'incident-facts.js',
  'incident-inputs.js',
  'incident-key.js',
  'incident-panel.js',
  'incident-timeline.js',
  'incidents.js',
  'keys.js',
  'machine.js',
  'objectives.js',
  'panels.js',
  'points.js',
  'ranges.js',
  'reading.js',
  'renew.js',
  'signs.js',
  'verdict.js',
  'vitals.js',
] as const;

const typeOf = (file: string): string => CONTENT[file.split('.').at(-1) as keyof typeof CONTENT];

/**
 * Beside these the page asks for /assets/theme.css and /assets/elements.js, which the search page has, too, and for its
 * numbers at /dashboard/events and /stats/timeline. Its files need no inline script or style.
 * @param packageRoot folder of package.json: the files are read as they are, from there, not from the compiled tree
 */
export function dashboardFiles(packageRoot: string): PageFile[] {
  const folder = join(packageRoot, 'ops/dashboard');
  const require = createRequire(import.meta.url);
  const asset = (name: string, file: string): PageFile => ({
    path: `/assets/dashboard/${name}`,
    file,
    contentType: typeOf(name),
  });
  return [
    { path: '/dashboard', file: join(folder, 'dashboard.html'), contentType: CONTENT.html },
    ...OWN.map((name) => asset(name, join(folder, name))),
    ...['uPlot.esm.js', 'uPlot.min.css'].map((name) => asset(name, require.resolve(`uplot/dist/${name}`))),
  ];
}
