/** Which objectives and alerts hold here? Those of the settings, or of the OpenSLO file that they name. */
import { readFileSync } from 'node:fs';
import { EngineError } from '../../engine/errors.ts';
import { tiersOf } from './burn-tiers.ts';
import { presetObjectives } from './objective.ts';
import { type Judgement, readOpenSlo } from './openslo/index.ts';
import type { SloSettings } from './settings.ts';

/** @throws EngineError config_invalid where the file is missing or asks for what cannot be kept */
export function judgementOf(settings: SloSettings): Judgement {
  return settings.file === ''
    ? { objectives: presetObjectives(settings), tiers: tiersOf(settings) }
    : judgementOfFile(settings.file, settings);
}

/** The same for a file that the settings do not name. */
export function judgementOfFile(file: string, settings: SloSettings): Judgement {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError(
      'config_invalid',
      `Cannot read the objectives: ${(error as NodeJS.ErrnoException).code}: ${file}`,
      {
        file,
        field: 'ops.slo.file',
        value: file,
        expected: 'an OpenSLO file',
        remedy: 'Write one: wp-chat slo export --out slo.yml',
      },
      error,
    );
  }
  return readOpenSlo(text, file, tiersOf(settings));
}
