/** Addresses and inputs that are guessed, thousands of them, by ffuf: nothing is found that is not meant to be, and nothing breaks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finding, run } from './tool.ts';
import { addresses, parameters, texts } from './words.ts';

interface Found {
  readonly url: string;
  readonly status: number;
}

/** What a person may open. */
const OPEN = new Set(['', 'docs', 'search', 'dashboard', 'metrics', 'search.js', 'package', 'stats/health']);

export async function guess(url: string, seconds: number, folder: string): Promise<Finding[]> {
  const list = (name: string, words: readonly string[]): string => {
    const file = join(folder, `${name}.txt`);
    writeFileSync(file, `${[...new Set(words)].join('\n')}\n`);
    return file;
  };
  const paths = list('addresses', addresses());
  const values = list('texts', texts());
  const names = list('parameters', parameters());
  const ask = async (name: string, args: readonly string[], wrong: (found: Found) => boolean): Promise<Finding> => {
    const output = join(folder, `${name}.json`);
    const bounds = [
      '-t',
      '8',
      '-timeout',
      '5',
      '-maxtime',
      String(seconds),
      '-mc',
      'all',
      '-s',
      '-of',
      'json',
      '-o',
      output,
    ];
    const { code, out } = await run('ffuf', [...args, ...bounds], seconds + 30, folder);
    try {
      const { results } = JSON.parse(readFileSync(output, 'utf8')) as { results: readonly Found[] };
      const faults = results.filter(wrong).map((found) => `${found.status} ${found.url.slice(0, 200)}`);
      const none = results.length === 0 ? ['ffuf asked nothing'] : [];
      return {
        tool: 'ffuf',
        name,
        faults: [...none, ...faults],
        seen: `${results.length} answers, ${faults.length} wrong`,
      };
    } catch {
      return { tool: 'ffuf', name, faults: [`ffuf ended with ${code}: ${out.slice(-500)}`], seen: '' };
    }
  };
  const isOpen = (found: Found, below: string): boolean => OPEN.has(found.url.slice(url.length + below.length));
  const leads = (found: Found, below: string): boolean => found.status < 400 && !isOpen(found, below);
  const breaks = ({ status }: Found): boolean => status >= 500;
  const fast = `${url}/search?mode=bm25&rerank=false`;
  return [
    await ask('hidden addresses', ['-w', paths, '-u', `${url}/FUZZ`], (found) => leads(found, '/') || breaks(found)),
    await ask(
      'addresses among the files',
      ['-w', paths, '-u', `${url}/assets/FUZZ`],
      (found) => leads(found, '/assets/') || breaks(found),
    ),
    await ask('queries', ['-w', values, '-u', `${fast}&q=FUZZ`], breaks),
    await ask('parameters', ['-w', `${names}:NAME`, '-w', `${values}:VALUE`, '-u', `${fast}&q=a&NAME=VALUE`], breaks),
    await ask(
      'host names',
      ['-w', values, '-u', `${url}/admin/keys`, '-H', 'Host: FUZZ'],
      (found) => found.status < 400 || breaks(found),
    ),
    await ask(
      'forwarded addresses',
      ['-w', values, '-u', `${url}/admin/keys`, '-H', 'X-Forwarded-For: FUZZ'],
      (found) => found.status < 400 || breaks(found),
    ),
  ];
}
