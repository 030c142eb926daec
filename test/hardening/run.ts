/**
 * `node dist/test/hardening/run.js [seconds]`: tools that others attack servers with, each for a bounded time against a real server of
 * its own; exits with 1 where one finds something, or is not installed.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSampleServer } from '../support/server.ts';
import { guess } from './tools/ffuf.ts';
import { attackSlowly } from './tools/slow.ts';
import { type Finding, isInstalled } from './tools/tool.ts';
import { scan } from './tools/wapiti.ts';

const seconds = Number(process.argv[2] ?? 30);
/** Held against it at once; more than the kernel lets wait for a server that does not accept. */
const CONNECTIONS = 1000;

const ATTACKS: readonly (readonly [program: string, attack: (url: string, folder: string) => Promise<Finding[]>])[] = [
  ['slowhttptest', (url, folder) => attackSlowly({ url, connections: CONNECTIONS, seconds, folder })],
  ['wapiti', (url, folder) => scan(url, 4 * seconds, folder)],
  ['ffuf', (url, folder) => guess(url, seconds, folder)],
];

let faults = 0;
const tell = ({ tool, name, faults: found, seen }: Finding): void => {
  faults += found.length;
  process.stdout.write(`${found.length === 0 ? 'ok   ' : 'WRONG'} ${tool}, ${name}: ${seen}\n`);
  for (const fault of found.slice(0, 20)) process.stdout.write(`      ${fault}\n`);
};

for (const [program, attack] of ATTACKS) {
  if (!isInstalled(program)) {
    tell({ tool: program, name: 'all', faults: ['it is not installed'], seen: '' });
    continue;
  }
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-harden-'));
  const server = await startSampleServer();
  for (const finding of await attack(server.url, folder)) tell(finding);
  const answers = await fetch(`${server.url}/search?q=redis&mode=bm25&rerank=false`);
  const code = await server.stop();
  const alive = answers.ok && code === 0 && server.said() === '';
  tell({
    tool: program,
    name: 'the server afterwards',
    faults: alive ? [] : [`search said ${answers.status}, the process ended with ${code}: ${server.said()}`],
    seen: 'answers, ends in order, complained of nothing',
  });
  rmSync(folder, { recursive: true });
}
process.exitCode = faults === 0 ? 0 : 1;
