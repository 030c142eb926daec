/** The files of a rehearsal. */
import { writtenFiles } from '../../written-files.ts';
import type { GamedayReport } from '../result.ts';
import { gamedayMarkdown } from './markdown.ts';
import { plotOf } from './plot.ts';

/**
 * Writes `gameday.json`, `gameday.md`, and of each scenario `gameday.NAME.svg`. Returns the files.
 *
 * @throws EngineError request_invalid where the folder cannot be written
 */
export const writeGameday = (folder: string, report: GamedayReport): string[] =>
  writtenFiles(folder, (write) => {
    const plots: Record<string, string> = {};
    for (const result of report.results) {
      plots[result.scenario] = `gameday.${result.scenario}.svg`;
      write(plots[result.scenario]!, plotOf(result));
    }
    write('gameday.json', `${JSON.stringify(report, null, 2)}\n`);
    write('gameday.md', gamedayMarkdown(report, plots));
  });
