/** Throws requests at a server over a handful of connections and watches what it does. */
import { readdirSync, readFileSync } from 'node:fs';
import { ask, lasting, search } from '../support/client.ts';
import { RawConnection } from '../support/raw-http.ts';
import type { ServerProcess } from '../support/server.ts';
import { Random } from './random.ts';
import { SEARCHES } from './requests.ts';
import { surroundings, type Thrown } from './surroundings.ts';

export interface CampaignSettings {
  readonly server: ServerProcess;
  /** One that is good for everything on that server. */
  readonly key: string;
  readonly seed: number;
  readonly requests: number;
  readonly connections: number;
  readonly progress?: (done: number, rssBytes: number) => void;
}

export interface CampaignReport {
  readonly seed: number;
  readonly sent: Readonly<Record<string, number>>;
  /** Answers by status; `closed` are connections that were closed instead, `silent` those that waited for more bytes. */
  readonly answers: Readonly<Record<string, number>>;
  /** Requests that drew a 5xx which is not due or, though whole, no answer, as text, at most {@link FAULTS_SHOWN}. */
  readonly faults: readonly string[];
  /** Resident memory along the way, one number a tenth. */
  readonly rssBytes: readonly number[];
  /** Open files and sockets of the server before and after; 0 where they cannot be counted. */
  readonly handles: readonly [before: number, after: number];
  /** Whether good queries were answered the same before and after. */
  readonly sameAnswers: boolean;
  readonly workersLost: number;
  readonly seconds: number;
}

const FAULTS_SHOWN = 20;
/** A server that has not answered broken HTTP by then is waiting for the rest of a request that was cut. */
const CUT_MS = 50;
/** One that has not answered anything else by then hangs. */
const HANG_MS = 20_000;
const GOOD = [
  { q: 'redis object cache', mode: 'bm25', rerank: false, topk: 20, explain: true },
  { q: 'restore a backup', mode: 'hybrid', rerank: false, topk: 20, facets: ['tag'] },
];

export async function runCampaign({
  server,
  key,
  seed,
  requests,
  connections,
  progress,
}: CampaignSettings): Promise<CampaignReport> {
  const startedMs = Date.now();
  const before = await goodAnswers(server.url);
  const kinds = kindsWith(key);
  const names = Object.keys(kinds);
  const handlesBefore = handlesOf(server);
  const sent: Record<string, number> = {};
  const answers: Record<string, number> = {};
  const faults: string[] = [];
  const rssBytes = [rssOf(server)];
  let next = 0;
  const count = (table: Record<string, number>, name: string): void => {
    table[name] = (table[name] ?? 0) + 1;
  };

  const work = async (): Promise<void> => {
    let connection = await RawConnection.open(server.port);
    while (next < requests) {
      const number = next++;
      if (number % Math.ceil(requests / 10) === 0 && number > 0) {
        rssBytes.push(rssOf(server));
        progress?.(number, rssBytes.at(-1)!);
      }
      // Each request has its own chance: what one connection does never shifts another's.
      const random = new Random(seed + number);
      const kind = random.pick(names);
      const { bytes, answers: due } = kinds[kind]!(random);
      count(sent, kind);
      connection.send(bytes);
      const broken = BROKEN.has(kind) || bytes.subarray(0, 5).equals(UNKNOWN_METHOD);
      let ending: Ending = 'closed';
      for (let left = due; left > 0; left--) {
        ending = await answerOf(connection, bytes.subarray(0, 5).equals(HEAD), broken ? CUT_MS : HANG_MS);
        count(answers, String(ending));
        const ended = ending === 'closed' && due > 1;
        if (!ended && isFault(ending, broken) && faults.length < FAULTS_SHOWN)
          faults.push(`${ending} #${number} ${kind}: ${JSON.stringify(bytes.toString('latin1').slice(0, 600))}`);
        if (typeof ending !== 'number') break;
      }
      // After broken HTTP nobody knows where the next request begins.
      if (!broken && typeof ending === 'number') continue;
      connection.close();
      connection = await RawConnection.open(server.port);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, work));
  rssBytes.push(rssOf(server));
  const after = await goodAnswers(server.url);
  const handlesAfter = handlesOf(server);
  const { body } = await ask<{ workersLost: number }>(`${server.url}/stats/metrics`);
  return {
    seed,
    sent,
    answers,
    faults,
    rssBytes,
    handles: [handlesBefore, handlesAfter],
    sameAnswers: JSON.stringify(before) === JSON.stringify(after),
    workersLost: body.workersLost,
    seconds: (Date.now() - startedMs) / 1000,
  };
}

const HEAD = Buffer.from('HEAD ');
/** uWebSockets.js closes the connection over a method that it does not know. */
const UNKNOWN_METHOD = Buffer.from('BREW ');

type Ending = number | 'closed' | 'silent';

/** Bytes that are no HTTP, or may be none: they may be left waiting for more, and told that their version is not known. */
const BROKEN = new Set(['mutatedHttp', 'rawBytes', 'rawLines']);
const VERSION_UNKNOWN = 505;
/** Refused for want of room, or out of time: what the server is made to say under load. */
const BY_DESIGN = [503, 504];

function isFault(ending: Ending, broken: boolean): boolean {
  if (typeof ending !== 'number') return !broken;
  if (broken && ending === VERSION_UNKNOWN) return false;
  return !(ending < 500) && !BY_DESIGN.includes(ending);
}

function kindsWith(key: string): Readonly<Record<string, (random: Random) => Thrown>> {
  const searches = Object.entries(SEARCHES).map(
    ([name, make]) => [name, (random: Random): Thrown => ({ bytes: make(random), answers: 1 })] as const,
  );
  return { ...Object.fromEntries(searches), ...surroundings(key) };
}

async function answerOf(connection: RawConnection, bodiless: boolean, patienceMs: number): Promise<Ending> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silent'>((resolve) => {
    // An export of hours may take longer, as long as it goes on.
    const look = (leftMs: number): void => {
      timer = setTimeout(() => {
        const { silentMs } = connection;
        if (silentMs >= patienceMs) resolve('silent');
        else look(patienceMs - silentMs);
      }, leftMs);
    };
    look(patienceMs);
  });
  const response = await Promise.race([connection.next(bodiless), silence]);
  clearTimeout(timer);
  return response === null ? 'closed' : response === 'silent' ? response : response.status;
}

const goodAnswers = (url: string) => Promise.all(GOOD.map(async (body) => lasting(await search(url, body))));

/** Resident memory of the server, from /proc; 0 where there is none. */
function rssOf({ child }: ServerProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)![1]) * 1024;
  } catch {
    return 0;
  }
}

function handlesOf({ child }: ServerProcess): number {
  try {
    return readdirSync(`/proc/${child.pid}/fd`).length;
  } catch {
    return 0;
  }
}
