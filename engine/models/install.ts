import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileDigest } from '../checksum.ts';
import { EngineError } from '../errors.ts';
import { CARD_FILE, readCard } from './card-file.ts';
import type { CardJson } from './card-schema.ts';
import { modelDir } from './catalogue.ts';
import { type ModelCard, narrowCard } from './model-card.ts';
import { verifyModel } from './verify.ts';

export interface InstallResult {
  readonly card: ModelCard;
  readonly dir: string;
  /** unchanged: the same files were there, sound, and nothing was written. The same model, damaged, is replaced. */
  readonly outcome: 'installed' | 'replaced' | 'unchanged';
}

export interface InstallPlan {
  readonly json: CardJson;
  readonly modelsDir: string;
  /** Replace a different model of the same name. */
  readonly force: boolean;
  /** Puts the files into the given empty directory and returns the digest of each that the card shall list. */
  fill(dir: string): Promise<ReadonlyMap<string, FileDigest>>;
}

/**
 * Installs a model so that its directory appears complete or not at all: the files are gathered and fsynced in a
 * hidden directory on the same file system, and one rename puts them in place. A replaced model is moved aside first;
 * a crash between the two renames leaves it beside, under a name that starts with `.replaced-`.
 * @throws EngineError `model_damaged` where a file differs from the card, `request_invalid` where a different model of
 * that name is installed and `force` is false.
 */
export async function installModel(plan: InstallPlan): Promise<InstallResult> {
  const target = modelDir(plan.modelsDir, plan.json.name);
  await mkdir(plan.modelsDir, { recursive: true });
  const staging = await mkdtemp(join(plan.modelsDir, '.staging-'));
  try {
    const digests = await plan.fill(staging);
    const json = withDigests(plan.json, digests);
    const card = narrowCard(json, CARD_FILE);
    requireComplete(card, digests);
    const present = await compareInstalled(json, plan.modelsDir);
    if (present === 'same') return { card, dir: target, outcome: 'unchanged' };
    if (present === 'different' && !plan.force) throw refuseReplace(card.name, target);
    await writeFile(join(staging, CARD_FILE), `${JSON.stringify(json, null, 2)}\n`);
    await syncAll(staging);
    await swapIn(staging, target, plan.modelsDir, present !== 'absent');
    return { card, dir: target, outcome: present === 'absent' ? 'installed' : 'replaced' };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** The card with the digest of every file; those it did not have are marked as first seen. */
function withDigests(json: CardJson, digests: ReadonlyMap<string, FileDigest>): CardJson {
  const published = json.sha256 ?? {};
  const firstSeen = new Set(json.sha256_first_seen ?? []);
  const sha256 = { ...published };
  for (const [file, digest] of digests) {
    const expected = published[file];
    if (expected !== undefined && expected !== digest.sha256) throw wrongDigest(file, expected, digest.sha256);
    if (expected === undefined) firstSeen.add(file);
    sha256[file] = digest.sha256;
  }
  const { sha256_first_seen: _, ...rest } = json;
  return firstSeen.size === 0 ? { ...rest, sha256 } : { ...rest, sha256, sha256_first_seen: [...firstSeen].sort() };
}

function requireComplete(card: ModelCard, digests: ReadonlyMap<string, FileDigest>): void {
  for (const file of [card.modelFile, card.tokenizerFile, ...Object.keys(card.sha256)]) {
    if (digests.has(file)) continue;
    throw new EngineError('model_missing', `Cannot install model ${card.name}: file is missing: ${file}`, { file });
  }
}

/**
 * How what is installed under the name of a card relates to it: same means that it has every checksum of the card and
 * its files are sound; damaged, that only the second fails.
 */
export async function compareInstalled(
  json: CardJson,
  modelsDir: string,
): Promise<'absent' | 'same' | 'damaged' | 'different'> {
  const dir = modelDir(modelsDir, json.name);
  if (!existsSync(dir)) return 'absent';
  try {
    const { sha256 } = await readCard(dir);
    const same = Object.entries(json.sha256 ?? {}).every(([file, digest]) => sha256[file] === digest);
    if (!same) return 'different';
    return (await verifyModel(dir)).ok ? 'same' : 'damaged';
  } catch (error) {
    if (error instanceof EngineError) return 'different';
    throw error;
  }
}

async function syncAll(dir: string): Promise<void> {
  for (const path of [...(await readdir(dir)).map((name) => join(dir, name)), dir]) {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

async function swapIn(staging: string, target: string, modelsDir: string, occupied: boolean): Promise<void> {
  if (occupied) {
    const aside = await mkdtemp(join(modelsDir, '.replaced-'));
    await rename(target, join(aside, 'model'));
    await rename(staging, target);
    await rm(aside, { recursive: true, force: true });
  } else {
    await rename(staging, target);
  }
  const parent = await open(modelsDir, 'r');
  try {
    await parent.sync();
  } finally {
    await parent.close();
  }
}

export function refuseReplace(name: string, dir: string): EngineError {
  return new EngineError(
    'request_invalid',
    `Cannot install model ${name}: a different model of that name is installed: ${dir}`,
    {
      file: dir,
      remedy: 'Remove it first, or repeat with --force',
    },
  );
}

function wrongDigest(file: string, expected: string, actual: string): EngineError {
  return new EngineError('model_damaged', `Cannot install model: sha256 of ${file} differs from the card: ${actual}`, {
    file,
    field: `sha256.${file}`,
    value: actual,
    expected,
  });
}
