/** The files of an answer, side by side under one name. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../../engine/errors.ts';
import { sweepLog } from '../load/index.ts';
import type { Sweep } from '../sweep/index.ts';
import { type CapacityReport, markdownOf } from './markdown.ts';
import { plotsOf } from './plots.ts';

const NAME = 'capacity';

/**
 * Writes `capacity.json`, `.md`, a drawing each as `.throughput.svg` and so on, and of a sweep what it can be read back from:
 * `.sweep.json` and `.hlog`. Returns the files.
 *
 * @throws EngineError request_invalid where the folder cannot be written
 */
export function writeReport(folder: string, report: CapacityReport, sweep: Sweep | null): string[] {
  const files: string[] = [];
  const write = (ending: string, text: string): void => {
    const file = join(folder, `${NAME}.${ending}`);
    writeFileSync(file, text);
    files.push(file);
  };
  try {
    mkdirSync(folder, { recursive: true });
    if (sweep !== null) {
      write('sweep.json', `${JSON.stringify(sweep)}\n`);
      write('hlog', sweepLog(sweep));
    }
    const titles: Record<string, string> = {};
    if (report.answer !== null) {
      for (const [name, svg] of Object.entries(plotsOf(report.answer)) as [string, string | null][]) {
        if (svg === null) continue;
        write(`${name}.svg`, svg);
        titles[name] = `${NAME}.${name}.svg`;
      }
    }
    write('json', `${JSON.stringify(report, null, 2)}\n`);
    write('md', markdownOf(report, titles));
  } catch (error) {
    throw new EngineError('request_invalid', `--out: cannot write there: ${(error as Error).message}`, {
      field: 'out',
      value: folder,
      remedy: 'Name a folder that can be written',
    });
  }
  return files;
}
