/** The series and labels of the Numenta Anomaly Benchmark, read from its archive (tar in gzip, POSIX ustar). */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';
import type { Weights, Window } from './score.ts';

export interface Series {
  /** Family and file, such as `realTraffic/speed_6005.csv`. */
  readonly name: string;
  readonly values: Float64Array;
  readonly windows: readonly Window[];
}

export interface Corpus {
  readonly series: readonly Series[];
  /** By the benchmark's own names: `standard`, `reward_low_FP_rate`, `reward_low_FN_rate`. */
  readonly profiles: ReadonlyMap<string, Weights>;
}

const BLOCK_BYTES = 512;

const windowsSchema = z.record(z.string(), z.array(z.tuple([z.string(), z.string()])));
const profilesSchema = z.record(
  z.string(),
  z.object({ CostMatrix: z.object({ tpWeight: z.number(), fnWeight: z.number(), fpWeight: z.number() }) }),
);

/** @throws Error where the archive lacks a file or a label names a time that its series does not have */
export function readCorpus(archive: string): Corpus {
  const files = filesOf(gunzipSync(readFileSync(archive)));
  const text = (name: string): string => {
    const bytes = files.get(name);
    if (bytes === undefined) throw new Error(`No ${name} in the archive: ${archive}`);
    return bytes.toString('utf8');
  };
  const labels = windowsSchema.parse(JSON.parse(text('labels/combined_windows.json')));
  const profiles = profilesSchema.parse(JSON.parse(text('config/profiles.json')));
  return {
    series: Object.entries(labels).map(([name, spans]) => seriesOf(name, text(`data/${name}`), spans)),
    profiles: new Map(
      Object.entries(profiles).map(
        ([
          name,
          {
            CostMatrix: { tpWeight, fnWeight, fpWeight },
          },
        ]) => [name, { truePositive: tpWeight, falsePositive: fpWeight, falseNegative: fnWeight }],
      ),
    ),
  };
}

function seriesOf(name: string, csv: string, spans: readonly (readonly [string, string])[]): Series {
  const rows = csv.trim().split(/\r?\n/).slice(1);
  const values = new Float64Array(rows.length);
  const rowAt = new Map<string, number>();
  for (const [row, line] of rows.entries()) {
    const [time = '', value = ''] = line.split(',');
    values[row] = Number(value);
    // Clocks are set back in some series: the first of two equal times is meant.
    if (!rowAt.has(time)) rowAt.set(time, row);
  }
  const rowOf = (time: string): number => {
    const row = rowAt.get(time.replace(/\.0+$/, ''));
    if (row === undefined) throw new Error(`No such time in ${name}: ${time}`);
    return row;
  };
  return { name, values, windows: spans.map(([from, to]) => ({ first: rowOf(from), last: rowOf(to) })) };
}

/** Regular files by name, without a leading `./`. */
function filesOf(tar: Buffer): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  let at = 0;
  while (at + BLOCK_BYTES <= tar.length && tar[at] !== 0) {
    const field = (start: number, length: number): string =>
      tar.toString('latin1', at + start, at + start + length).replace(/\0.*$/s, '');
    const bytes = Number.parseInt(field(124, 12).trim(), 8);
    const name = field(0, 100).replace(/^\.\//, '');
    const start = at + BLOCK_BYTES;
    if (field(156, 1) === '0') files.set(name, tar.subarray(start, start + bytes));
    at = start + Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  return files;
}
