/** The measurements as a page. */
import type { MachineFacts } from '../harness/machine.ts';
import type { Measured, Offered } from './measure.ts';

export interface OverloadResult {
  readonly machine: MachineFacts;
  readonly seconds: number;
  readonly rounds: number;
  readonly deadlineMs: number;
  readonly seed: number;
  readonly measured: readonly Measured[];
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const rate = (perSecond: number): string => perSecond.toPrecision(3);

export function reportOf({ machine, seconds, rounds, deadlineMs, seed, measured }: OverloadResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# More than can be done

Requests come when they are due, whatever the server does (Poisson arrivals, seed ${seed}), ${rounds} times ${seconds} s at each multiple of the capacity, all multiples
in turn: what two callers in a closed loop get from the same server when it lets everything in and leaves nothing out. Shown is the round
with the median of what was good; of the operator's waits, the rungs and \`back\` the most of all rounds. Latency counts from when a request
was due; an answer later than ${deadlineMs} ms is none. One worker; queries that nobody has asked before, no cache. \`good\` is what was answered in
time, \`share\` is that over the highest of the scenario or the capacity, whichever is more. An operator asks for figures and keys all the
while, 20 times a second. \`back\`: after the load, until answers are whole and the ladder stands on its first rung.
The generator shares two cores with the server. Reproduce: \`make bench-overload\`.

${measured.map(sectionOf).join('\n')}
${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

function sectionOf({ scenario, about, capacityPerSecond, offered }: Measured): string {
  const peak = Math.max(capacityPerSecond, ...offered.map(({ goodPerSecond }) => goodPerSecond));
  return `## ${scenario[0]!.toUpperCase()}${scenario.slice(1)}

${about}. Capacity: ${rate(capacityPerSecond)} answers/s.

| offered | requests/s | good/s | share | simpler | refused | no answer in time | p50 ms | p99 ms | operator p99, max ms | rung | back s |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${offered.map((one) => rowOf(one, peak)).join('\n')}
`;
}

const rowOf = (one: Offered, peak: number): string =>
  `| ${[
    `${one.factor} ×`,
    rate(one.offeredPerSecond),
    rate(one.goodPerSecond),
    (one.goodPerSecond / peak).toFixed(2),
    percent(one.degradedShare),
    percent(one.refusedShare),
    percent(one.unansweredShare),
    one.p50Ms.toFixed(0),
    one.p99Ms.toFixed(0),
    `${one.operatorP99Ms.toFixed(0)}, ${one.operatorMaxMs.toFixed(0)}`,
    one.rungMax,
    Number.isFinite(one.recoveryMs) ? (one.recoveryMs / 1000).toFixed(1) : 'never',
  ].join(' | ')} |`;
