/** What must a reader know before believing an answer? Extrapolation, failures, disturbance, what is missing and why. */
import type { CapacityAnswer, CapacityQuestion } from './answer.ts';
import type { LoadStep } from './load/load-step.ts';
import type { Limit } from './model/limit.ts';
import type { StageModel } from './model/stages.ts';
import { USL_POINTS_MIN, type UslFit } from './model/usl.ts';
import { shown } from './report/shown.ts';

type Parts = Pick<CapacityAnswer, 'limit' | 'usl' | 'stages'>;

export const cautionsOf = (question: CapacityQuestion, { limit, usl, stages }: Parts): string[] => [
  ...ofLimit(question, limit),
  ...ofLaw(question, usl),
  ...ofStages(question, limit, stages),
  ...ofLoads(question),
];

function ofLimit({ loads }: CapacityQuestion, { kind }: Limit): string[] {
  const [first, last] = [loads[0]!.perSecond, loads.at(-1)!.perSecond];
  const range = `${shown(first)} to ${shown(last)} requests/s`;
  switch (kind) {
    case 'measured':
      return [];
    case 'extrapolated':
      return [`The limit is extrapolated by the queueing model: only ${range} were measured`];
    case 'at_least':
      return [`The threshold was not reached between ${range}: the limit is higher than that`];
    case 'at_most':
      return [`Even the lightest load was over the threshold: the limit is below ${shown(first)} requests/s`];
    case 'never':
      return ['One request alone takes longer than the threshold: no rate is low enough'];
  }
}

function ofLaw({ loads }: CapacityQuestion, usl: UslFit | null): string[] {
  if (usl === null) return [`The scalability law needs ${USL_POINTS_MIN} loads; there are ${loads.length}`];
  const { peak, peakConcurrency, concurrencyMax } = usl;
  const measured = `${shown(concurrencyMax)} requests at once were measured`;
  if (peakConcurrency !== null && peakConcurrency > concurrencyMax)
    return [
      `The peak of the scalability law is extrapolated: it lies at ${shown(peakConcurrency)} requests at once, ${measured}`,
    ];
  return peakConcurrency === null && peak !== null
    ? [`The law's highest throughput is extrapolated: it tends to it, and ${measured}`]
    : [];
}

/** A model that differs by more than this from what was measured is told. */
const DISAGREEMENT = 0.15;

function ofStages({ workers }: CapacityQuestion, limit: Limit, stages: StageModel | null): string[] {
  if (stages === null)
    return [
      workers === null
        ? 'How many workers there are is not known, so there is no model of the stages: say it with --workers'
        : 'The answers did not say how long each stage took, so there is no model of the stages',
    ];
  const said: string[] = ['What one core more gives is extrapolated: no such server was measured'];
  if (stages.comparedLoads === 0) said.push('No load was near enough to compare the model of the stages with');
  const off = limit.kind === 'measured' && limit.modelled !== null ? limit.modelled / limit.perSecond - 1 : 0;
  if (Math.abs(off) > DISAGREEMENT)
    said.push(`The queueing model alone would say ${shown(limit.modelled!)} requests/s`);
  if (Math.abs(stages.serviceGrowth - 1) > DISAGREEMENT)
    said.push(
      `Service times at the heaviest load were ${shown(stages.serviceGrowth)} times those at the lightest: requests cost each other time, or other work on the machine did`,
    );
  return said;
}

/** Of the threshold: a generator that is later than this measured itself, or its neighbours. */
const LAG_MAX = 0.1;
const OTHERS_CORES_MAX = 0.5;
const GENERATOR_SHARE_MAX = 0.8;
const FAILED_SHARE_MAX = 0.01;

function ofLoads({ loads, thresholdMs }: CapacityQuestion): string[] {
  const said: string[] = [];
  const lagMs = Math.max(...loads.map((load) => load.lagMs));
  if (lagMs > thresholdMs * LAG_MAX)
    said.push(
      `The generator itself was up to ${shown(lagMs)} ms late: other work on the machine is in these latencies`,
    );
  const others = Math.max(...loads.map(othersCores));
  if (others > OTHERS_CORES_MAX)
    said.push(`Other work kept up to ${shown(others)} cores of this machine busy: alone, the server can do more`);
  if (loads.some(({ generatorCpuShare }) => generatorCpuShare > GENERATOR_SHARE_MAX))
    said.push('The generator had no CPU time left: the server could do more');
  const failing = loads.find(({ failed, answered }) => failed > (failed + answered) * FAILED_SHARE_MAX);
  if (failing !== undefined) said.push(`From ${shown(failing.perSecond)} requests/s on, requests failed`);
  return [...said, ...ofQuality(loads)];
}

/** Degraded answers more often by this at the heaviest load than at the lightest are the load's doing. */
const DEGRADED_GROWTH_MAX = 0.05;

function ofQuality(loads: readonly LoadStep[]): string[] {
  const shareOf = ({ degraded, answered }: LoadStep): number => (answered === 0 ? 0 : degraded / answered);
  const [lightest, heaviest] = [shareOf(loads[0]!), shareOf(loads.at(-1)!)];
  const percent = (share: number): string => `${shown(share * 100)} %`;
  if (heaviest > lightest + DEGRADED_GROWTH_MAX)
    return [
      `Answers that were less than what was asked for grew from ${percent(lightest)} to ${percent(heaviest)} of all: at full quality the limit is lower; a server with server.overload.enabled=false shows it`,
    ];
  return lightest === 0
    ? []
    : [`${percent(lightest)} of the answers were less than what was asked for, even at the lightest load`];
}

/** Cores that neither the workers nor the generator kept busy; 0 where the workers' times are not known. */
function othersCores({ machineCores, generatorCpuShare, parts, seconds }: LoadStep): number {
  const service = parts.get('service');
  if (service === undefined) return 0;
  return Math.max(0, machineCores - generatorCpuShare - (service.mean * service.total) / 1000 / seconds);
}
