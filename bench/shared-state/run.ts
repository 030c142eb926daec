/** `node dist/bench/shared-state/run.js`: what a decision in Redis costs, and how long anyone waits when it hangs; writes shared.json and shared.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../engine/clock.ts';
import { packageRoot } from '../../engine/package-root.ts';
import { openShared, type Shared } from '../../server/shared/index.ts';
import { machineFacts } from '../harness/machine.ts';
import { median, percentile } from '../harness/rounds.ts';
import { type OwnRedis, startOwnRedis } from './own-redis.ts';

const RESULTS = join(packageRoot, 'bench/results');
const ROUNDS = 9;
const TRIPS = 2000;
const TOGETHER = 64;
const HANGS = 5;
const CLIENTS = 1000;
const RATE = { periodNs: 1000, burst: 1_000_000 };
/** As it comes. */
const TIMEOUT_MS = 30;

let asked = 0;
const nowNs = (): number => Math.floor(systemClock.nowUs() * 1000);
const decide = async (shared: Shared): Promise<void> => {
  asked += 1;
  await shared.counter.take({ high: 1, low: asked % CLIENTS }, 1, RATE, nowNs());
};

/** Sorted, microseconds. */
async function trips(trip: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let at = 0; at < TRIPS; at++) {
    const startUs = systemClock.nowUs();
    await trip();
    times.push(systemClock.nowUs() - startUs);
  }
  return times.sort((a, b) => a - b);
}

/** Decisions a second, so many always under way. */
async function rate(shared: Shared): Promise<number> {
  const startUs = systemClock.nowUs();
  const lane = async (): Promise<void> => {
    for (let at = 0; at < TRIPS / 10; at++) await decide(shared);
  };
  await Promise.all(Array.from({ length: TOGETHER }, lane));
  return (TOGETHER * TRIPS) / 10 / ((systemClock.nowUs() - startUs) / 1e6);
}

function open(url: string): Shared {
  const settings = { redis: url, prefix: 'bench:', timeoutMs: TIMEOUT_MS };
  const shared = openShared({ settings, keysMax: 4096, clock: systemClock, report: () => {} });
  shared.start();
  return shared;
}

const stateOf = (shared: Shared): string => (shared.status() as { state: string }).state;
async function up(shared: Shared): Promise<void> {
  while (stateOf(shared) !== 'up') await sleep(20);
}

/** Milliseconds from the stop of Redis, questions going on all the while, until the last that had to wait is decided. */
async function hang(redis: OwnRedis, shared: Shared): Promise<number> {
  await up(shared);
  redis.child.kill('SIGSTOP');
  const startUs = systemClock.nowUs();
  let lastUs = startUs;
  const waiting: Promise<void>[] = [];
  while (stateOf(shared) === 'up') {
    const decided = decide(shared).then(() => {
      lastUs = systemClock.nowUs();
    });
    waiting.push(decided);
    await sleep(1);
  }
  await Promise.all(waiting);
  redis.child.kill('SIGCONT');
  return (lastUs - startUs) / 1000;
}

const redis = await startOwnRedis();
const shared = open(redis.url);
await up(shared);
const rows: { pingUs: number; decisionUs: number; decisionP99Us: number; perSecond: number }[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  const ping = await trips(() => redis.ping());
  const decisions = await trips(() => decide(shared));
  const perSecond = await rate(shared);
  const row = {
    pingUs: percentile(ping, 0.5),
    decisionUs: percentile(decisions, 0.5),
    decisionP99Us: percentile(decisions, 0.99),
    perSecond,
  };
  // The first warms up.
  if (round > 0) rows.push(row);
}
const alone = (shared.status() as { decidedAlone: number }).decidedAlone;
const hangsMs: number[] = [];
for (let at = 0; at < HANGS; at++) hangsMs.push(await hang(redis, shared));
shared.close();
redis.end();

const { cpu, cores, node, date, loadBefore } = machineFacts();
const of = (name: keyof (typeof rows)[number]): number[] => rows.map((row) => row[name]);
const told = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} [${Math.min(...values).toFixed(digits)}, ${Math.max(...values).toFixed(digits)}]`;
const report = `# What sharing a limit costs

A decision made in a Redis on the same machine, beside a bare \`PING\` of it in the same round; ${ROUNDS} rounds of ${TRIPS}, medians, lowest and highest
in brackets. Client and Redis share ${cores} cores. Reproduce: \`node dist/bench/shared-state/run.js\` (needs redis-server).

| | |
| --- | ---: |
| \`PING\`, µs | ${told(of('pingUs'), 0)} |
| decision, median, µs | ${told(of('decisionUs'), 0)} |
| decision, 99th percentile, µs | ${told(of('decisionP99Us'), 0)} |
| decision / \`PING\` | ${told(
  rows.map(({ pingUs, decisionUs }) => decisionUs / pingUs),
  2,
)} |
| decisions a second, ${TOGETHER} at a time | ${told(of('perSecond'), 0)} |
| made in the process because Redis was late | ${alone} |
| Redis stopped: until nobody waits any more, ms (${HANGS} times, ${TIMEOUT_MS} ms to decide) | ${told(hangsMs, 0)} |

${cpu}, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
writeFileSync(join(RESULTS, 'shared.json'), `${JSON.stringify({ rows, alone, hangsMs }, null, 1)}\n`);
writeFileSync(join(RESULTS, 'shared.md'), report);
process.stdout.write(report);
process.exit(0);
