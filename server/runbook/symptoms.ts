/** By what does the server notice each incident? Sentences with the thresholds that are configured, for people. */
import type { IncidentType } from '../../ops/index.ts';
import { opsSchema } from '../../ops/settings.ts';

export interface Symptom {
  /** Name of the detector, as the dashboard and /metrics have it. */
  readonly detector: string;
  readonly fires: string;
  readonly severity: string;
}

/** As configured where nobody has changed anything. */
const { detectors: d, slo } = opsSchema.parse({});
const minutes = (seconds: number): string => `${seconds / 60} min`;
const evidence = ({ evidenceDecades, badEventsMin }: typeof d.errors | typeof d.slowness): string =>
  `evidence of 10^${evidenceDecades} to 1, and ${badEventsMin} of them at least`;
/** Of a budget, as a share of all answers. */
const late = (budgets: number): string => `${budgets * (100 - slo.latency.targetPercent)} %`;

export const SYMPTOMS: Readonly<Record<IncidentType, readonly Symptom[]>> = {
  high_latency: [
    {
      detector: 'slowness',
      fires: `More answers later than ${slo.latency.thresholdMs} ms than the objective of ${slo.latency.targetPercent} % allows: ${evidence(d.slowness)}`,
      severity: `critical above ${late(d.slowness.criticalAboveBudgets)} late, high above ${late(d.slowness.highAboveBudgets)}, medium above ${late(d.slowness.mediumAboveBudgets)}, else low`,
    },
    {
      detector: 'queue',
      fires: `Searches wait more than ${d.queue.waitMsMax} ms for a worker (95th percentile), for ${d.queue.fireS} s`,
      severity: 'by the latency column of the table of severities',
    },
    {
      detector: 'brownout',
      fires: `Answers lack parts for want of room (rung ${d.brownout.rungNoMin} of the ladder and beyond), for ${d.brownout.fireS} s`,
      severity:
        'by what is left out: low where reranking is only shorter, medium without it, high where only caches answer, critical where nothing is let in',
    },
    {
      detector: 'cpu',
      fires: `The process uses more than ${d.cpu.busyPercentMax} % of its cores, for ${d.cpu.fireS} s`,
      severity: 'low, medium where next to nothing is left',
    },
  ],
  high_error_rate: [
    {
      detector: 'errors',
      fires: `More searches fail (5xx, shed, past their deadline) than the objective of ${slo.availability.targetPercent} % allows: ${evidence(d.errors)}. A 4xx never counts`,
      severity: `critical below ${d.errors.criticalBelowPercent} % success, high below ${d.errors.highBelowPercent} %, medium below ${d.errors.mediumBelowPercent} %, else low`,
    },
    {
      detector: 'absence',
      fires: `Nobody asks for ${d.absence.silenceSMin} s or longer, where that is less likely than 10^-${d.absence.decades} by chance`,
      severity: 'high',
    },
  ],
  model_failure: [
    {
      detector: 'models',
      fires: `${d.models.failedInRow} calls of a model fail in a row, or ${d.models.failedPercentMax} % of the recent ones, ${d.models.failedMin} at least, for ${d.models.fireS} s; or a configured model takes no part`,
      severity: 'high where half of the calls fail or a model is missing, else medium',
    },
  ],
  index_corruption: [
    {
      detector: 'emptiness',
      fires: `${d.emptiness.risePercentMin} points more searches than usual find nothing, or ${d.emptiness.alwaysPercent} % of all, for ${d.emptiness.firstS} s`,
      severity: `critical where it is ${d.emptiness.alwaysPercent} %, else high`,
    },
    {
      detector: 'verification',
      fires: 'A verification of the index finds damage: each is run by itself, or asked for',
      severity: 'critical',
    },
  ],
  memory_exhaustion: [
    {
      detector: 'memory',
      fires: `Resident memory above ${d.memory.highPercent} % of the limit, for ${d.memory.fireS} s`,
      severity: `critical above ${d.memory.criticalPercent} %, else high`,
    },
    {
      detector: 'memoryGrowth',
      fires: `Resident memory that reaches the limit within ${minutes(d.memoryGrowth.horizonS)} as it grows`,
      severity: `critical within ${minutes(d.memoryGrowth.horizonS / 6)}, high within ${minutes(d.memoryGrowth.horizonS / 2)}, else medium`,
    },
    {
      detector: 'loop',
      fires: `The main thread stands still for more than ${d.loop.delayMsMax} ms, or collects garbage for more than ${d.loop.gcPercentMax} % of the time, for ${d.loop.fireS} s`,
      severity: 'critical where both are far beyond it, high where one is, else medium',
    },
  ],
  cache_failure: [
    {
      detector: 'cache',
      fires: `More than ${d.cache.errorsPercentMax} % of the look-ups fail, for ${d.cache.fireS} s; or the hit rate is below ${d.cache.collapsePercent} % of the usual one, for ${d.cache.collapseS} s`,
      severity: 'high where look-ups fail, else medium',
    },
  ],
  rate_limit_attack: [
    {
      detector: 'flood',
      fires: `More than ${d.flood.limitedPercentMax} % of the requests are refused by limits, ${d.flood.refusedPerSMin} a second at least; or ${d.flood.surgeMultiple} times the usual traffic with ${d.flood.surgeRefusedPercent} % refused or one client asking ${d.flood.clientPercentMin} % of it; for ${d.flood.fireS} s`,
      severity: 'high where searches are shed or most are refused, else medium',
    },
  ],
  canary_failure: [
    {
      detector: 'canary',
      fires: `The canary of an experiment is worse than its control (errors, slowness, emptiness), by a test that may be looked at any time; it is rolled back at once`,
      severity: 'high',
    },
  ],
};
