import { constants } from 'node:fs';
import { copyFile, lstat, readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { digestFile, type FileDigest } from '../checksum.ts';
import { EngineError } from '../errors.ts';
import { CARD_FILE, readCardText } from './card-file.ts';
import type { CardJson } from './card-schema.ts';
import { type InstallResult, installModel } from './install.ts';
import { findKnownModel, type KnownModel } from './known-models.ts';
import { parseCardJson, TOKENIZER_FILE } from './model-card.ts';

/** Kept with a model when they lie beside it, though no card asks for them. */
const DOCUMENTS = ['LICENSE', 'NOTICE', 'README.md', 'SOURCE.md'];

export interface AddOptions {
  /** A directory with the ONNX file, tokenizer.json and, unless it is named after a known model, model.json. */
  readonly from: string;
  readonly modelsDir: string;
  readonly force: boolean;
}

/**
 * Installs a model from a local directory. Checksums in the card must match; a card without them gets them here.
 * Only plain files are taken: a symbolic link is refused, since what it points at is not part of the model.
 * @throws EngineError `model_missing`, `model_damaged`, `request_invalid`.
 */
export async function addModel(options: AddOptions): Promise<InstallResult> {
  const from = resolve(options.from);
  const json = await cardFor(from);
  return installModel({
    json,
    modelsDir: options.modelsDir,
    force: options.force,
    fill: (dir) => copyListed(json, from, dir),
  });
}

/** The card beside the files, or that of the known model the directory is named after. */
async function cardFor(from: string): Promise<CardJson> {
  const source = await readCardText(from);
  if (source !== null) return withModelFile(parseCardJson(source, join(from, CARD_FILE)), from);
  const known = findKnownModel(basename(from));
  if (known !== null) return cardOfKnown(known);
  throw new EngineError('model_missing', `Cannot add model: no ${CARD_FILE}: ${from}`, {
    file: join(from, CARD_FILE),
    expected: `a ${CARD_FILE}, or a directory named after a known model`,
  });
}

/** The card of a known model with its published checksums. */
export function cardOfKnown(known: KnownModel): CardJson {
  const published = known.files.filter((file) => file.sha256 !== null);
  return { ...known.card, sha256: Object.fromEntries(published.map((file) => [basename(file.path), file.sha256!])) };
}

/** A card may leave the ONNX file to be found when it lists no checksums and there is one such file only. */
async function withModelFile(json: CardJson, from: string): Promise<CardJson> {
  if (json.model_file !== undefined || Object.keys(json.sha256 ?? {}).some((name) => name.endsWith('.onnx')))
    return json;
  const graphs = (await readdir(from)).filter((name) => name.endsWith('.onnx'));
  return graphs.length === 1 ? { ...json, model_file: graphs[0]! } : json;
}

async function copyListed(json: CardJson, from: string, to: string): Promise<ReadonlyMap<string, FileDigest>> {
  const digests = new Map<string, FileDigest>();
  const listed = new Set([
    ...Object.keys(json.sha256 ?? {}),
    ...(json.model_file ? [json.model_file] : []),
    TOKENIZER_FILE,
  ]);
  for (const file of new Set([...listed, ...DOCUMENTS])) {
    if (!(await isPlainFile(join(from, file)))) continue;
    await copyFile(join(from, file), join(to, file), constants.COPYFILE_EXCL);
    // The copy is what will be served, so the copy is what is hashed.
    if (listed.has(file)) digests.set(file, (await digestFile(join(to, file)))!);
  }
  return digests;
}

async function isPlainFile(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (stats.isFile()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw new EngineError('request_invalid', `Cannot add model: not a plain file: ${path}`, {
    file: path,
    expected: 'a plain file, not a link or a folder',
  });
}
