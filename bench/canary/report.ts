/** The measurements as a page. */
import type { MachineFacts } from '../harness/machine.ts';
import type { Broken, FaultPlan, Phase } from './control-arm.ts';
import type { Judged } from './judgement.ts';
import type { Killed, KillPlan, Spread } from './kill-switch.ts';

export interface CanaryResult {
  readonly machine: MachineFacts;
  readonly workers: number;
  readonly passages: number;
  readonly kill: Pick<KillPlan, 'callers' | 'stops' | 'seed'>;
  readonly killed: readonly Killed[];
  readonly fault: Pick<FaultPlan, 'perSecond' | 'phaseSeconds' | 'rounds' | 'seed'> & { readonly deadlineMs: number };
  readonly broken: readonly Broken[];
  readonly judged: readonly Judged[];
}

const spread = ({ p50, max }: Spread): string => `${p50.toFixed(1)}, ${max.toFixed(1)}`;
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

export function reportOf({ machine, workers, passages, kill, killed, fault, broken, judged }: CanaryResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# Canaries: how soon they end, and who notices

Reproduce: \`make bench-canary\`. ${workers} workers, the sample site (${passages} passages), no cache, the generator on the same ${cores} cores.

## The kill switch

${kill.callers} callers ask again as soon as they are answered, all of them with the canary; then \`POST /admin/canary/emergency-stop\`, ${kill.stops} times.
What counts is the last answer of the canary that any worker gave, from when the stop was sent, and from when it was answered (0 where none came
later). Milliseconds: median, most. The bound is 100 ms.

| the canary | answers a second | stop answered | last canary since it was sent | since it was answered | canaries after it, most |
| --- | ---: | ---: | ---: | ---: | ---: |
${killed.map((one) => row([one.scenario, one.answersPerSecond.toFixed(0), spread(one.answeredMs), spread(one.fromSendingMs), spread(one.fromAnswerMs), one.lateMax])).join('\n')}

## A reranker that breaks in the canary

${fault.perSecond} requests a second come when they are due (Poisson arrivals, seed ${fault.seed}), each of somebody else, half of them with a canary that reranks with a model in
processes of its own; deadline ${fault.deadlineMs} ms. ${fault.rounds} rounds of ${fault.phaseSeconds} s before the fault, ${fault.phaseSeconds} s from it on and
until it is rolled back, ${fault.phaseSeconds} s after it. Figures of those on the control; a request failed that was not answered with all that it asked for.

| the reranker | requests before, during, after | p50 ms | p99 ms | p99 during ÷ before | failed before, during, after |
| --- | ---: | ---: | ---: | ---: | ---: |
${broken.map(controlRow).join('\n')}

| the reranker | rolled back after ms, each round | answers of the canary until then | why |
| --- | ---: | ---: | --- |
${broken.map((one) => row([one.scenario, one.rolledBackMs.join(', '), one.canaryRequests.join(', '), [...new Set(one.reasons)].join('; ')])).join('\n')}

## The judgement

Simulated runs of at most ${judged[0]?.requestsMax.toLocaleString('en')} requests: 0.5 % errors, 1 % slow, 0.2 % very slow, 1 % empty, 0.5 % degraded, 90 % more or less of it by day and by night; looked at
after each request, α = 0.01. Requests are those of both arms.

| canary | runs | rolled back | 95 % interval | median requests until then |
| --- | ---: | ---: | ---: | ---: |
${judged.map((one) => row([one.name, one.runs, percent(one.rolledBack / one.runs), `${percent(one.low)} – ${percent(one.high)}`, one.medianRequests?.toFixed(0) ?? '–'])).join('\n')}

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

function controlRow({ scenario, before, during, after }: Broken): string {
  const phases = [before, during, after];
  const each = (of: (phase: Phase) => string): string => phases.map(of).join(', ');
  return row([
    scenario,
    each(({ requests }) => String(requests)),
    each(({ p50Ms }) => p50Ms.toFixed(0)),
    each(({ p99Ms }) => p99Ms.toFixed(0)),
    (during.p99Ms / before.p99Ms).toFixed(2),
    each(({ failedShare }) => percent(failedShare)),
  ]);
}
