/** The files of an answer, side by side under one name. */
import { writtenFiles } from '../../written-files.ts';
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
export const writeReport = (folder: string, report: CapacityReport, sweep: Sweep | null): string[] =>
  writtenFiles(folder, (write) => {
    if (sweep !== null) {
      write(`${NAME}.sweep.json`, `${JSON.stringify(sweep)}\n`);
      write(`${NAME}.hlog`, sweepLog(sweep));
    }
    const titles: Record<string, string> = {};
    if (report.answer !== null) {
      for (const [name, svg] of Object.entries(plotsOf(report.answer)) as [string, string | null][]) {
        if (svg === null) continue;
        titles[name] = `${NAME}.${name}.svg`;
        write(titles[name]!, svg);
      }
    }
    write(`${NAME}.json`, `${JSON.stringify(report, null, 2)}\n`);
    write(`${NAME}.md`, markdownOf(report, titles));
  });
