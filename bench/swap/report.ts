/** The measurements as a page. */

import { percentile } from '../harness/index.ts';
import type { MachineFacts } from '../harness/machine.ts';
import type { Measured, Waited } from './measure.ts';

export interface SwapResult {
  readonly machine: MachineFacts;
  readonly passages: number;
  readonly perSecond: number;
  readonly swaps: number;
  readonly everyMs: number;
  readonly seed: number;
  readonly measured: readonly Measured[];
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
const waited = ({ sent, failed, p50Ms, p99Ms, maxMs }: Waited): string[] => [
  `${sent}`,
  `${failed}`,
  p50Ms.toFixed(1),
  p99Ms.toFixed(1),
  maxMs.toFixed(0),
];

export function reportOf({ machine, passages, perSecond, swaps, everyMs, seed, measured }: SwapResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# Another index while queries come in

${perSecond} requests a second come when they are due, whatever the server does (Poisson arrivals, seed ${seed}), latency from when each was due.
First nothing is exchanged; then ${swaps} times, every ${everyMs} ms, the index of the sample site (${passages} passages) for one of half its posts, and
back. No cache. \`took\`: until queries went to the other index; \`left\`: from then until the old one was given back everywhere. The generator
shares two cores with the server. Reproduce: \`make bench-swap\`.

| scenario | | requests | failed | p50 ms | p99 ms | max ms |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
${measured.map(rowsOf).join('\n')}

| scenario | took ms p50, max | left ms p50, max | memory of the process MiB, before and after |
| --- | ---: | ---: | ---: |
${measured.map(costsOf).join('\n')}

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

const rowsOf = ({ scenario, before, during }: Measured): string =>
  [
    ['', scenario.name, 'before', ...waited(before), ''],
    ['', '', 'during', ...waited(during), ''],
  ]
    .map((cells) => cells.join(' | ').trim())
    .join('\n');

function costsOf({ scenario, tookMs, leftMs, rssBytes }: Measured): string {
  const both = (values: readonly number[]): string =>
    `${percentile(values, 0.5).toFixed(0)}, ${values.at(-1)!.toFixed(0)}`;
  return `| ${[scenario.name, both(tookMs), both(leftMs), `${mib(rssBytes.before)}, ${mib(rssBytes.after)}`].join(' | ')} |`;
}
