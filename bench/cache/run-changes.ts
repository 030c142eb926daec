/**
 * `node dist/bench/cache/run-changes.js`: what the cache is worth while documents change; writes cache-changes.json and .md. In virtual
 * time, so the same on every machine.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { type Pace, type Served, servedUnderChanges } from './changes.ts';
import { logQueries, traces } from './trace.ts';

const RESULTS = join(packageRoot, 'bench/results');
const REQUESTS = 20_000;
const SEED = 5;
const RATES = [10, 100];
const CHANGES = [0, 0.1, 1];
const CHANGED_MS = [0, 500, 5000];

const [trace] = traces(logQueries(), REQUESTS, SEED);
const rows: (Pace & Served)[] = [];
for (const requestsPerSecond of RATES) {
  for (const changesPerSecond of CHANGES) {
    for (const changedMs of changesPerSecond === 0 ? [0] : CHANGED_MS) {
      const pace = { requestsPerSecond, changesPerSecond, changedMs };
      rows.push({ ...pace, ...(await servedUnderChanges(trace!.queries, pace)) });
    }
  }
}

const percent = (share: number): string => (100 * share).toFixed(1);
const report = `# The cache while documents change

${REQUESTS} requests at a steady rate, of the first trace in cache.md (${trace!.about}), in virtual time. A change is found by its words at
once and has its vectors 100 ms later: two states, each of which makes older answers old. \`stale\`: an answer from before, given at once while
a new one was asked for behind it; \`waited\`: asked for. Reproduce: \`make bench-cache-changes\`.

| requests a second | changes a second | \`server.cache.changedMs\` | hit % | stale % | waited % |
| ---: | ---: | ---: | ---: | ---: | ---: |
${rows
  .map(
    ({ requestsPerSecond, changesPerSecond, changedMs, hit, stale, waited }) =>
      `| ${[requestsPerSecond, changesPerSecond, changedMs, percent(hit), percent(stale), percent(waited)].join(' | ')} |`,
  )
  .join('\n')}
`;
writeFileSync(join(RESULTS, 'cache-changes.json'), `${JSON.stringify(rows, null, 1)}\n`);
writeFileSync(join(RESULTS, 'cache-changes.md'), report);
process.stdout.write(report);
