/** The files of a rehearsal. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../../engine/errors.ts';
import type { GamedayReport } from '../result.ts';
import { gamedayMarkdown } from './markdown.ts';
import { plotOf } from './plot.ts';

/**
 * Writes `gameday.json`, `gameday.md`, and of each scenario `gameday.NAME.svg`. Returns the files.
 *
 * @throws EngineError request_invalid where the folder cannot be written
 */
export function writeGameday(folder: string, report: GamedayReport): string[] {
  const files: string[] = [];
  const write = (name: string, text: string): void => {
    const file = join(folder, name);
    writeFileSync(file, text);
    files.push(file);
  };
  try {
    mkdirSync(folder, { recursive: true });
    const plots: Record<string, string> = {};
    for (const result of report.results) {
      plots[result.scenario] = `gameday.${result.scenario}.svg`;
      write(plots[result.scenario]!, plotOf(result));
    }
    write('gameday.json', `${JSON.stringify(report, null, 2)}\n`);
    write('gameday.md', gamedayMarkdown(report, plots));
  } catch (error) {
    throw new EngineError('request_invalid', `--out: cannot write there: ${(error as Error).message}`, {
      field: 'out',
      value: folder,
      remedy: 'Name a folder that can be written',
    });
  }
  return files;
}
