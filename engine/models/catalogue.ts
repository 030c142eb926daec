import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { readCard } from './card-file.ts';
import { MODEL_NAME } from './card-schema.ts';
import { KNOWN_MODELS } from './known-models.ts';
import { type ModelCard, narrowCard } from './model-card.ts';

/** A model as `models list` shows it. */
export interface ModelListing {
  readonly name: string;
  readonly dir: string;
  /** available: known by name and can be pulled; unreadable: a directory whose card is missing or wrong. */
  readonly state: 'installed' | 'available' | 'unreadable';
  /** Null where the card cannot be read. */
  readonly card: ModelCard | null;
  /** Why it is unreadable; empty otherwise. */
  readonly problem: string;
}

/** The directory a model of this name has or would have. @throws EngineError `request_invalid` for an unsafe name. */
export function modelDir(modelsDir: string, name: string): string {
  const folder = name.toLowerCase();
  if (MODEL_NAME.test(folder)) return join(modelsDir, folder);
  throw new EngineError('request_invalid', `Cannot use model name: ${JSON.stringify(name)}`, {
    field: 'name',
    value: name,
    expected: 'letters, digits, dots, dashes and underscores, at most 64, no leading dot',
  });
}

/**
 * The card of the model `name` below `modelsDir`.
 * @throws EngineError `model_missing`, `model_damaged` (also where the card carries another name), `request_invalid`.
 */
export async function findModel(modelsDir: string, name: string): Promise<{ card: ModelCard; dir: string }> {
  const dir = modelDir(modelsDir, name);
  const card = await readCard(dir);
  if (join(modelsDir, card.name) === dir) return { card, dir };
  throw new EngineError('model_damaged', `Cannot open model: the card in ${dir} has another name: ${card.name}`, {
    file: join(dir, 'model.json'),
    field: 'name',
    value: card.name,
    expected: name.toLowerCase(),
  });
}

/** What is installed below `modelsDir`, by name, then what could be pulled. Reads cards, not weights. */
export async function listModels(modelsDir: string): Promise<readonly ModelListing[]> {
  const listings: ModelListing[] = [];
  for (const name of await installedNames(modelsDir)) listings.push(await describeInstalled(modelsDir, name));
  const present = new Set(listings.map((listing) => listing.name));
  for (const { card } of KNOWN_MODELS) {
    if (present.has(card.name)) continue;
    const dir = join(modelsDir, card.name);
    listings.push({ name: card.name, dir, state: 'available', card: narrowCard(card, card.name), problem: '' });
  }
  return listings;
}

async function describeInstalled(modelsDir: string, name: string): Promise<ModelListing> {
  const dir = join(modelsDir, name);
  try {
    const { card } = await findModel(modelsDir, name);
    return { name, dir, state: 'installed', card, problem: '' };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { name, dir, state: 'unreadable', card: null, problem: error.message };
  }
}

async function installedNames(modelsDir: string): Promise<readonly string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(modelsDir, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const names = entries.filter((entry) => !entry.isFile() && MODEL_NAME.test(entry.name)).map((entry) => entry.name);
  return names.sort();
}
