/**
 * A sweep as an interval log and back: its histograms as lines for any HdrHistogram tool, the rest as a note among the
 * comments, so that nothing is lost on the way.
 *
 * ```
 * #[Sweep: {"server":…,"steps":[…]}]
 * Tag=rate=8.39;total,1795410000.000,3.000,412.877,HISTFAAAA…
 * ```
 */
import { EngineError } from '../../../engine/errors.ts';
import { Buckets, decodePayload, type ReadLog } from '../hlog/index.ts';
import { PARTS, type Part, type Sweep, type SweepStep, sweepSchema } from '../sweep/index.ts';
import { loadsOf } from './from-sweep.ts';
import type { LoadStep } from './load-step.ts';

const NS_PER_MS = 1e6;
const NOTE = 'Sweep';
const tagOf = (step: SweepStep, part: Part): string => `rate=${step.perSecond};${part}`;

export function sweepLog(sweep: Sweep): string {
  const bare = {
    ...sweep,
    steps: sweep.steps.map((step) => ({ ...step, slices: step.slices.map((slice) => ({ ...slice, histograms: {} })) })),
  };
  const start = new Date(sweep.startMs);
  const byTime = [...sweep.steps].sort((a, b) => a.startMs - b.startMs);
  return [
    '#[Histogram log format version 1.3]',
    `#[StartTime: ${(sweep.startMs / 1000).toFixed(3)} (seconds since epoch), ${start.toISOString()}]`,
    `#[${NOTE}: ${JSON.stringify(bare)}]`,
    '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ...byTime.flatMap(linesOf),
    '',
  ].join('\n');
}

const linesOf = (step: SweepStep): string[] =>
  step.slices.flatMap(({ startS, seconds, histograms }) =>
    PARTS.flatMap((part) => {
      const field = histograms[part];
      if (field === undefined) return [];
      const maxMs = decodePayload(field).max / NS_PER_MS;
      const stampS = step.startMs / 1000 + startS;
      return [`Tag=${tagOf(step, part)},${stampS.toFixed(3)},${seconds.toFixed(3)},${maxMs.toFixed(3)},${field}`];
    }),
  );

export interface LoggedSweep {
  readonly sweep: Sweep;
  readonly loads: LoadStep[];
}

/** Null where the log is not that of a sweep. @throws EngineError source_invalid where its note is damaged */
export function sweepInLog({ file, notes, intervals }: ReadLog): LoggedSweep | null {
  const note = notes.get(NOTE);
  if (note === undefined) return null;
  const parsed = sweepSchema.safeParse(parse(note));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new EngineError(
      'source_invalid',
      `Cannot read the sweep of a log: ${issue!.path.join('.')}: ${issue!.message}: ${file}`,
      {
        file,
        field: issue!.path.join('.'),
        remedy: 'Sweep again: wp-chat capacity --out DIR',
      },
    );
  }
  const sweep = parsed.data;
  const values = new Map<string, Buckets>();
  const steps = new Map(sweep.steps.map((step, at) => [String(step.perSecond), { step, at }]));
  for (const { tag, startS, values: histogram } of intervals) {
    const [, rate, part] = /^rate=([^;]+);(\w+)$/.exec(tag) ?? [];
    const found = steps.get(rate ?? '');
    if (found === undefined) continue;
    const slice = sliceAt(found.step, startS);
    values.set(`${found.at} ${slice} ${part}`, histogram.scaled(1 / NS_PER_MS));
  }
  const loads = loadsOf(sweep.steps, (step, slice, part) => values.get(`${step} ${slice} ${part}`) ?? new Buckets());
  return { sweep, loads };
}

/** Stamps have three decimals: the slice whose beginning is nearest. */
function sliceAt({ startMs, slices }: SweepStep, stampS: number): number {
  const intoS = stampS - startMs / 1000;
  return Math.min(slices.length - 1, Math.max(0, Math.round(intoS / slices[0]!.seconds)));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
