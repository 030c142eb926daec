/** Which share of the raw limit of HTTP do cached answers reach? Echo and server by turns, in the same rounds. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SampleSite } from '../sample-site.ts';
import { type ServerProcess, started, startServer } from '../server-process.ts';
import type { Echoed } from './echo-process.ts';
import { runH2load, type Served } from './h2load.ts';

const PATH = '/search?q=redis&rerank=false';
/** Written by uWebSockets.js itself. */
const OWN = new Set(['connection', 'content-length', 'date', 'uwebsockets']);
export const KINDS = ['hit', '304'] as const;
export type Kind = (typeof KINDS)[number];

export interface Round {
  readonly echo: Served;
  readonly server: Served;
}
export type Rates = Readonly<Record<Kind, readonly Round[]>>;

export interface RateOptions {
  readonly site: SampleSite;
  readonly connections: number;
  readonly seconds: number;
  readonly rounds: number;
}

export async function measureRates({ site, connections, seconds, rounds }: RateOptions): Promise<Rates> {
  const server = await startServer({ configFile: null, set: [] }, site, [
    'server.workers=1',
    'server.cache.enabled=true',
  ]);
  let echo: ServerProcess | null = null;
  try {
    const echoed = await answerOf(server.port);
    echo = await startEcho(site, echoed);
    const etag = new Map(echoed.headers).get('etag')!;
    const rates: Record<Kind, Round[]> = { hit: [], '304': [] };
    // The first round warms both up, and is not kept.
    for (let round = -1; round < rounds; round++)
      for (const kind of KINDS) {
        const load = { connections, seconds: round < 0 ? 1 : seconds, status: kind === 'hit' ? 200 : 304 } as const;
        const headers = kind === 'hit' ? [] : [`if-none-match: ${etag}`];
        const path = kind === 'hit' ? '/search' : '/known';
        const raw = await runH2load({ ...load, url: `http://127.0.0.1:${echo.port}${path}`, headers, pid: echo.pid });
        const ours = await runH2load({
          ...load,
          url: `http://127.0.0.1:${server.port}${PATH}`,
          headers,
          pid: server.pid,
        });
        if (round >= 0) rates[kind].push({ echo: raw, server: ours });
      }
    return rates;
  } finally {
    await Promise.all([server.stop(), echo?.stop()]);
  }
}

async function answerOf(port: number): Promise<Echoed> {
  const ask = () => fetch(`http://127.0.0.1:${port}${PATH}`);
  await (await ask()).arrayBuffer();
  const answer = await ask();
  if (answer.headers.get('x-cache') !== 'hit') throw new Error(`Not a hit: ${answer.headers.get('x-cache')}`);
  const headers = [...answer.headers].filter(([name]) => !OWN.has(name));
  return { headers, body: await answer.text() };
}

function startEcho(site: SampleSite, echoed: Echoed): Promise<ServerProcess> {
  const file = join(site.index, '../echo.json');
  writeFileSync(file, JSON.stringify(echoed));
  const script = fileURLToPath(new URL('./echo-process.js', import.meta.url));
  return started(spawn(process.execPath, [script, file], { stdio: ['ignore', 'pipe', 'pipe'] }));
}
