/** A sweep's steps as loads. */
import { Buckets, decodePayload } from '../hlog/index.ts';
import { failedOf, PARTS, type Part, type Sweep, type SweepStep } from '../sweep/index.ts';
import { type LoadStep, loadStep } from './load-step.ts';

const MS_PER_NS = 1e-6;

/** Values of a part in a slice of a step, milliseconds. */
export type PartOf = (step: number, slice: number, part: Part) => Buckets;

/** Ascending by the rate at which requests came. */
export const loadsOfSweep = ({ steps }: Sweep): LoadStep[] =>
  loadsOf(steps, (step, slice, part) => {
    const field = steps[step]!.slices[slice]!.histograms[part];
    return field === undefined ? new Buckets() : decodePayload(field).scaled(MS_PER_NS);
  });

export function loadsOf(steps: readonly SweepStep[], partOf: PartOf): LoadStep[] {
  const loads = steps.map((step, at) => {
    const { slices, seconds, answered, degraded, unanswered, lagMsP99, generatorCpuShare, machineCores } = step;
    const parts = new Map<Part, Buckets>();
    for (const part of PARTS) {
      if (part === 'total') continue;
      const values = Buckets.merged(slices.map((_, slice) => partOf(at, slice, part)));
      if (values.total > 0) parts.set(part, values);
    }
    return loadStep({
      perSecond: arrivalRate(step),
      seconds,
      answered,
      degraded,
      lagMs: lagMsP99,
      generatorCpuShare,
      machineCores,
      failed: failedOf(step) + unanswered,
      slices: slices.map((_, slice) => partOf(at, slice, 'total')),
      parts,
    });
  });
  return loads.sort((a, b) => a.perSecond - b.perSecond);
}

/** As many as came, not as many as were planned: chance moved both the load and what it did. */
function arrivalRate({ cut, perSecond, sent, slices }: SweepStep): number {
  const plannedS = slices[0]!.seconds * slices.length;
  return cut || slices.length === 1 ? perSecond : sent / plannedS;
}
