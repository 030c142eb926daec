import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from '../checksum.ts';
import { EngineError } from '../errors.ts';
import { CARD_FILE, INSTALL_REMEDY, readCard } from './card-file.ts';
import type { ModelCard } from './model-card.ts';

/** ok and first_seen match the card; unrecorded: needed, but the card has no checksum; unlisted: nothing asks for it. */
export type FileState = 'ok' | 'first_seen' | 'missing' | 'changed' | 'unrecorded' | 'unlisted';

export interface FileReport {
  readonly file: string;
  readonly state: FileState;
  /** Null where the card names none. */
  readonly expected: string | null;
  /** Null where the file is missing, or was not read since nothing asks for it. */
  readonly actual: string | null;
  readonly bytes: number;
}

export interface VerifyReport {
  readonly name: string;
  readonly dir: string;
  /** True when every file of the card is there and unchanged. Unlisted files do not count. */
  readonly ok: boolean;
  readonly files: readonly FileReport[];
}

/**
 * Compares the files of an installed model with its card. Reads every listed byte.
 * @throws EngineError where the card itself is missing or cannot be read; what is wrong with files is in the report.
 */
export async function verifyModel(dir: string): Promise<VerifyReport> {
  const card = await readCard(dir);
  const files: FileReport[] = [];
  for (const file of expectedFiles(card)) files.push(await verifyFile(card, dir, file));
  const named = new Set([CARD_FILE, ...files.map((report) => report.file)]);
  const present = await readdir(dir, { withFileTypes: true });
  for (const entry of present.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (named.has(entry.name)) continue;
    files.push({ file: entry.name, state: 'unlisted', expected: null, actual: null, bytes: 0 });
  }
  return { name: card.name, dir, ok: files.every((report) => isSound(report.state)), files };
}

/** @throws EngineError `model_missing` or `model_damaged` for the first file that is not as the card says. */
export function requireSound(report: VerifyReport): void {
  for (const file of report.files) requireSoundFile(file, report.dir);
}

/** Verifies one file, for those about to open it. @throws EngineError `model_missing`, `model_damaged`. */
export async function requireFile(card: ModelCard, dir: string, file: string): Promise<void> {
  requireSoundFile(await verifyFile(card, dir, file), dir);
}

/** The files a model cannot do without, first, then what else the card lists. */
function expectedFiles(card: ModelCard): readonly string[] {
  return [...new Set([card.modelFile, card.tokenizerFile, ...Object.keys(card.sha256)])];
}

async function verifyFile(card: ModelCard, dir: string, file: string): Promise<FileReport> {
  const expected = card.sha256[file] ?? null;
  const digest = await digestFile(join(dir, file));
  const facts = { file, expected, actual: digest?.sha256 ?? null, bytes: digest?.bytes ?? 0 };
  if (digest === null) return { ...facts, state: 'missing' };
  if (expected === null) return { ...facts, state: 'unrecorded' };
  if (digest.sha256 !== expected) return { ...facts, state: 'changed' };
  return { ...facts, state: card.firstSeen.includes(file) ? 'first_seen' : 'ok' };
}

function isSound(state: FileState): boolean {
  return state === 'ok' || state === 'first_seen' || state === 'unlisted';
}

function requireSoundFile(report: FileReport, dir: string): void {
  if (isSound(report.state)) return;
  const path = join(dir, report.file);
  const place = { file: path, remedy: INSTALL_REMEDY };
  if (report.state === 'missing') {
    throw new EngineError('model_missing', `Cannot open model: file is missing: ${path}`, place);
  }
  if (report.state === 'unrecorded') {
    throw new EngineError('model_damaged', `Cannot open model: ${CARD_FILE} records no sha256 for it: ${path}`, {
      ...place,
      field: `sha256.${report.file}`,
      expected: 'the sha256 of the file',
    });
  }
  throw new EngineError(
    'model_damaged',
    `Cannot open model: sha256 differs from ${CARD_FILE}: ${path}: ${report.actual}`,
    {
      ...place,
      field: `sha256.${report.file}`,
      value: report.actual,
      expected: report.expected ?? '',
    },
  );
}
