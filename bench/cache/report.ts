/** The measurements as a page. */
import { median } from '../harness/index.ts';
import { POLICIES, type Policy } from './policies.ts';
import { KINDS, type Rates, type Round } from './rates.ts';

export interface HitRow {
  readonly trace: string;
  readonly about: string;
  readonly entriesMax: number;
  readonly requests: number;
  readonly shares: Readonly<Record<Policy, number>>;
}

export interface CacheResult {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly node: string;
    readonly loadBefore: number;
  };
  readonly connections: number;
  readonly seconds: number;
  readonly rates: Rates;
  readonly hits: readonly HitRow[];
}

const BAR = 0.7;
const percent = (share: number): string => (100 * share).toFixed(1);
const of = (rounds: readonly Round[], value: (round: Round) => number): number => median(rounds.map(value));

export function reportOf(result: CacheResult, queries: number): string {
  const { machine, connections, seconds, rates, hits } = result;
  const rows = KINDS.map((kind) => {
    const rounds = rates[kind];
    const shares = rounds.map(({ echo, server }) => server.perSecond / echo.perSecond);
    const share = median(shares);
    const range = `${Math.min(...shares).toFixed(2)} to ${Math.max(...shares).toFixed(2)}`;
    const cpu = of(rounds, ({ echo, server }) => echo.cpuUsPerRequest / server.cpuUsPerRequest);
    const perSecond = [of(rounds, ({ echo }) => echo.perSecond), of(rounds, ({ server }) => server.perSecond)];
    const cpuUs = [of(rounds, ({ echo }) => echo.cpuUsPerRequest), of(rounds, ({ server }) => server.cpuUsPerRequest)];
    return `| ${[kind, ...perSecond.map((rate) => rate.toFixed(0)), `${share.toFixed(2)} (${range})`, ...cpuUs.map((us) => us.toFixed(1)), cpu.toFixed(2), share >= BAR ? 'holds' : 'does not hold'].join(' | ')} |`;
  });
  const abouts = [...new Map(hits.map(({ trace, about }) => [trace, about]))].map(
    ([trace, about]) => `- ${trace}: ${about}`,
  );
  return `# The cache of answers

Reproduce: \`node dist/bench/cache/run.js\` after \`npm run build\`. ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}; load average before: ${machine.loadBefore.toFixed(2)}.

## Rates

Echo is uWebSockets.js that sends the same bytes, header for header, and does nothing else. Both are asked by turns in the same rounds:
${rates.hit.length} rounds of ${seconds} s, ${connections} keep-alive connections, closed loop, h2load over HTTP/1.1. Medians; the range of rounds in brackets. The server
reads its request, looks up, counts and records as it does in production, with one worker, which is idle. The bar is ${BAR} of the echo's rate.

| answer | echo, requests/s | server, requests/s | share | echo, CPU µs | server, CPU µs | share by CPU | bar |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join('\n')}

## Hit rate

Percent of requests that hit, all answers of one size. ${queries} queries of two logs, each of which holds a query once: how often each is asked is drawn from Zipf's law with exponent 0.9, which \`bench/cache/trace.ts\` explains. Bélády's
optimum knows the future; no cache can have more.

${abouts.join('\n')}

| trace | requests | entries | ${POLICIES.join(' | ')} |
| --- | ---: | ---: | ${POLICIES.map(() => '---:').join(' | ')} |
${hits
  .map(
    ({ trace, requests, entriesMax, shares }) =>
      `| ${trace} | ${requests} | ${entriesMax} | ${POLICIES.map((policy) => percent(shares[policy])).join(' | ')} |`,
  )
  .join('\n')}
`;
}
