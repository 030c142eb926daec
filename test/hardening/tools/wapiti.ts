/** Known holes of web applications, looked for by wapiti: injections, inclusions, redirects, headers, backups. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, run } from './tool.ts';

/** Those that need no service on the internet. */
const MODULES =
  'backup,blindsql,cookieflags,crlf,csp,csrf,exec,file,htaccess,http_headers,methods,permanentxss,redirect,shellshock,sql,xss,xxe';
const STARTS = [
  '/search?q=redis&mode=bm25&rerank=false&topk=3',
  '/search?q=redis&mode=bm25&rerank=false&category=Hosting&date_from=2023-01-01',
  '/stats/timeline?range=1h',
  '/stats/histograms?format=csv',
  '/docs',
  '/dashboard',
  '/openapi.json',
  '/admin/keys',
];

/**
 * What it wants and must not have: browsers have dropped X-XSS-Protection, which opened holes of its own, and Strict-Transport-Security is
 * not to be sent without TLS (RFC 6797, 7.2).
 */
const UNWANTED = ['X-XSS-Protection is not set', 'Strict-Transport-Security is not set'];

interface Report {
  readonly vulnerabilities: Readonly<Record<string, readonly { readonly path: string; readonly info: string }[]>>;
  readonly anomalies: Report['vulnerabilities'];
  readonly infos: { readonly crawled_pages_nbr?: number };
}

export async function scan(url: string, seconds: number, folder: string): Promise<Finding[]> {
  const output = join(folder, 'wapiti.json');
  const starts = STARTS.flatMap((path) => ['-s', url + path]);
  const bounds = ['--max-scan-time', String(seconds), '--max-attack-time', String(Math.ceil(seconds / 8)), '-t', '5'];
  const stores = ['--store-session', folder, '--store-config', folder, '--flush-session', '--no-bugreport'];
  const args = ['-u', `${url}/`, '--scope', 'domain', ...starts, '-m', MODULES, ...bounds, ...stores];
  const { code, out } = await run('wapiti', [...args, '-v', '0', '-f', 'json', '-o', output], 2 * seconds + 60, folder);
  try {
    const { vulnerabilities, anomalies } = JSON.parse(readFileSync(output, 'utf8')) as Report;
    const faults = [...Object.entries(vulnerabilities), ...Object.entries(anomalies)].flatMap(([kind, found]) =>
      found.filter(({ info }) => !UNWANTED.includes(info)).map(({ path, info }) => `${kind}: ${path}: ${info}`),
    );
    const kinds = Object.keys(vulnerabilities).length + Object.keys(anomalies).length;
    return [{ tool: 'wapiti', name: 'known holes', faults, seen: `${kinds} kinds looked for, ${faults.length} found` }];
  } catch {
    return [
      { tool: 'wapiti', name: 'known holes', faults: [`wapiti ended with ${code}: ${out.slice(-500)}`], seen: '' },
    ];
  }
}
