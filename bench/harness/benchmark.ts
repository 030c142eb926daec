/** Runs a benchmark and adds what all of them report: machine, time, and which values were in force. */
import { type MachineFacts, machineFacts } from './machine.ts';
import type { BenchResult, Measure, Ratio } from './result.ts';

/** How much of everything; each parameter has a value that shows it runs, and one that measures. */
export type Scale = 'smoke' | 'full';

/** How the product is configured: what the command line was given. */
export interface Launch {
  readonly configFile: string | null;
  readonly set: readonly string[];
}

interface Description {
  readonly name: string;
  readonly about: readonly string[];
  readonly parameters: Readonly<Record<string, number | string | number[]>>;
  readonly scale: Scale;
}

interface Findings {
  readonly workSha256: string;
  readonly measures: readonly Measure[];
  readonly ratios: readonly Ratio[];
}

export async function runBenchmark(
  { name, about, parameters, scale }: Description,
  measure: () => Promise<Findings>,
): Promise<BenchResult> {
  const machine: MachineFacts = machineFacts();
  const startedMs = performance.now();
  const { workSha256, measures, ratios } = await measure();
  return {
    name,
    smoke: scale === 'smoke',
    about: [...about],
    machine,
    parameters: { ...parameters },
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    workSha256,
    measures: measures.map((one) => ({ ...one, ...rounded(one) })),
    ratios: ratios.map((one) => ({ ...one, ...rounded(one) })),
  };
}

const DIGITS = 5;
const rounded = ({ median, rounds }: { median: number; rounds: readonly number[] }) => ({
  median: Number(median.toPrecision(DIGITS)),
  rounds: rounds.map((value) => Number(value.toPrecision(DIGITS))),
});
