/** Many clients that send or read as slowly as they may, by slowhttptest: is everybody else served meanwhile? */
import { stripVTControlCharacters } from 'node:util';
import { type Finding, run } from './tool.ts';

export interface SlowSettings {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly folder: string;
}

interface Attack {
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
}

/** A probe that gets no answer by then counts as a service that is gone. */
const PROBE_S = 3;
const ATTACKS: readonly Attack[] = [
  { name: 'slow headers', path: '/', args: ['-H', '-i', '2', '-x', '24'] },
  { name: 'slow bodies', path: '/search', args: ['-B', '-i', '2', '-s', '8192', '-x', '24', '-f', 'application/json'] },
  { name: 'ranges', path: '/assets/search.js', args: ['-R', '-a', '10', '-b', '3000'] },
  {
    name: 'slow readers',
    path: '/openapi.json',
    args: ['-X', '-k', '3', '-w', '10', '-y', '20', '-n', '2', '-z', '8'],
  },
];
const AVAILABLE = /service available:\s*(YES|NO)/g;

export async function attackSlowly({ url, connections, seconds, folder }: SlowSettings): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const { name, path, args } of ATTACKS) {
    const bounds = ['-c', String(connections), '-r', String(Math.ceil(connections / 4)), '-l', String(seconds)];
    const { code, out } = await run(
      'slowhttptest',
      [...args, ...bounds, '-p', String(PROBE_S), '-v', '1', '-u', url + path],
      seconds + 60,
      folder,
    );
    const said = [...stripVTControlCharacters(out).matchAll(AVAILABLE)].map(([, word]) => word);
    const gone = said.filter((word) => word !== 'YES').length;
    const faults = [
      ...(code === 0 ? [] : [`slowhttptest ended with ${code}: ${out.slice(-300)}`]),
      ...(said.length > 0 ? [] : ['slowhttptest never said whether the service is available']),
      ...(gone === 0 ? [] : [`The service was not available ${gone} of ${said.length} times`]),
    ];
    findings.push({
      tool: 'slowhttptest',
      name,
      faults,
      seen: `available ${said.length - gone} of ${said.length} times`,
    });
  }
  return findings;
}
