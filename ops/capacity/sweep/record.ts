/** What a step of a sweep leaves behind, as it crosses the process border and as it is kept in a file. */
import { z } from 'zod';
import { Counts } from '../../metrics/counts.ts';
import { toHlogField } from '../../metrics/hdr-bytes.ts';
import { HIGHEST_NS, indexOf } from '../../metrics/layout.ts';
import { encodeCounts } from '../../metrics/sparse.ts';
import { PARTS, type Part } from './timings.ts';

const NS_PER_MS = 1e6;
const count = z.number().int().nonnegative();
const positive = z.number().positive();

/** Of requests that were due in this stretch of the step. */
const sliceSchema = z.object({
  /** Seconds after the step began. */
  startS: z.number().nonnegative(),
  /** The last one of a step ends with its last answer. */
  seconds: positive,
  /** HdrHistograms (V2, base64, nanoseconds); parts without a value are absent. Unanswered requests count at the deadline. */
  histograms: z.partialRecord(z.enum(PARTS as [Part, ...Part[]]), z.string()),
});

export const stepSchema = z.object({
  /** Requests a second that were due. */
  perSecond: positive,
  /** Milliseconds since the epoch. */
  startMs: z.number().nonnegative(),
  /** Until the last answer. */
  seconds: positive,
  sent: count,
  /** With status 200. */
  answered: count,
  /** Of those, with less than was asked for. */
  degraded: count,
  /** No answer within the deadline. */
  unanswered: count,
  /** Other statuses by number; `lost` are connections that ended. */
  failed: z.record(z.string(), count),
  /** Sent this much after they were due, milliseconds, 99th percentile: what of the latencies is the generator's own. */
  lagMsP99: z.number().nonnegative(),
  /** CPU time of the generator over the step: near 1, it was the limit. */
  generatorCpuShare: z.number().nonnegative(),
  /** Cores of the machine that were busy on average, whoever kept them so. */
  machineCores: z.number().nonnegative(),
  /** Stopped early, because too many requests were under way. */
  cut: z.boolean(),
  slices: z.array(sliceSchema).min(1),
});

export type SweepStep = z.infer<typeof stepSchema>;
export type SweepSlice = z.infer<typeof sliceSchema>;

/** Gathers the values of one slice. */
export class SliceRecorder {
  readonly #counts = new Map<Part, Counts>();

  record(part: Part, ms: number): void {
    let counts = this.#counts.get(part);
    if (counts === undefined) {
      counts = new Counts();
      this.#counts.set(part, counts);
    }
    counts.addAt(indexOf(Math.min(Math.max(0, Math.round(ms * NS_PER_MS)), HIGHEST_NS)), 1);
  }

  histograms(): SweepSlice['histograms'] {
    return Object.fromEntries([...this.#counts].map(([part, { dense }]) => [part, toHlogField(encodeCounts(dense))]));
  }
}
