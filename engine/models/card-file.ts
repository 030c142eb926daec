import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { type ModelCard, parseCard } from './model-card.ts';

export const CARD_FILE = 'model.json';

/** What to do when a model is not there. */
export const INSTALL_REMEDY =
  'wp-chat models list shows what there is; wp-chat models pull NAME or models add DIR installs';

/** The text of `model.json` in `dir`, or null where there is none. */
export async function readCardText(dir: string): Promise<string | null> {
  try {
    return await readFile(join(dir, CARD_FILE), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

/** The card of an installed model. @throws EngineError `model_missing`, `model_damaged`. */
export async function readCard(dir: string): Promise<ModelCard> {
  const file = join(dir, CARD_FILE);
  const source = await readCardText(dir);
  if (source === null) {
    throw new EngineError('model_missing', `Cannot open model: no ${CARD_FILE}: ${dir}`, {
      file,
      remedy: INSTALL_REMEDY,
    });
  }
  return parseCard(source, file);
}
