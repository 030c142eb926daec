import { rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { FileDigest } from '../checksum.ts';
import { EngineError } from '../errors.ts';
import { withoutTrailing } from '../trim-end.ts';
import { cardOfKnown } from './add.ts';
import { readCard } from './card-file.ts';
import { modelDir } from './catalogue.ts';
import { type DownloadLimits, discard, download } from './download.ts';
import { compareInstalled, type InstallResult, installModel, refuseReplace } from './install.ts';
import { findKnownModel, KNOWN_MODELS, type KnownModel } from './known-models.ts';

export const DEFAULT_MODELS_URL = 'https://huggingface.co';
/** Overrides the configured address of the hub, so that a mirror can be used without touching files. */
export const MODELS_URL_ENV = 'WP_CHAT_MODELS_URL';

export const DEFAULT_DOWNLOAD_LIMITS: DownloadLimits = {
  bytesMax: 512 * 1024 * 1024,
  idleTimeoutMs: 30_000,
  attemptsMax: 5,
  retryDelayMs: 1_000,
};

export interface PullProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Null where the server does not say. */
  readonly totalBytes: number | null;
}

export interface PullOptions {
  readonly model: KnownModel;
  readonly modelsDir: string;
  /** Scheme, host and path prefix of the hub or a mirror with the same paths. */
  readonly baseUrl: string;
  readonly force: boolean;
  readonly limits: DownloadLimits;
  onProgress(progress: PullProgress): void;
}

export interface PullResult extends InstallResult {
  /** Files with no published checksum: what came is recorded, but nothing says that it is what was meant. */
  readonly unverified: readonly string[];
}

/** The hub to use: the environment goes before the configuration. @throws EngineError `config_invalid`. */
export function modelsBaseUrl(configured: string | null, environment: NodeJS.ProcessEnv): string {
  const fromEnvironment = environment[MODELS_URL_ENV];
  const value = fromEnvironment || configured || DEFAULT_MODELS_URL;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return withoutTrailing(value, '/');
  throw new EngineError('config_invalid', `Cannot use models address: ${value}`, {
    field: fromEnvironment ? MODELS_URL_ENV : 'models.url',
    value,
    expected: 'an http or https address',
  });
}

/** The known model of that name. @throws EngineError `model_missing` naming those there are. */
export function requireKnownModel(name: string): KnownModel {
  const model = findKnownModel(name);
  if (model !== null) return model;
  const names = KNOWN_MODELS.map((known) => known.card.name).join(', ');
  throw new EngineError('model_missing', `Cannot pull model: no such known model: ${JSON.stringify(name)}`, {
    field: 'name',
    value: name,
    expected: `one of ${names}`,
    remedy: 'Any other model can be installed from a folder with wp-chat models add DIR',
  });
}

/** Where each file of a model is fetched from. */
function modelUrls(model: KnownModel, baseUrl: string): readonly string[] {
  return model.files.map((file) => `${baseUrl}/${model.repository}/resolve/${model.revision}/${file.path}`);
}

/**
 * Fetches a known model and installs it; where it is installed and sound, nothing is fetched unless forced. What was fetched before a failure stays below `.partial` in `modelsDir` and is
 * gone on with next time. Two pulls of one model at once would write to the same files: the checksums catch that.
 * @throws EngineError `source_unreadable` with what to do without a network, `source_refused`, `model_damaged`,
 * `request_invalid` where a different model of that name is installed and `force` is false.
 */
export async function pullModel(options: PullOptions): Promise<PullResult> {
  const { model, modelsDir } = options;
  const name = model.card.name;
  const json = cardOfKnown(model);
  const unverified = unverifiedFiles(model);
  const present = await compareInstalled(json, modelsDir);
  const dir = modelDir(modelsDir, name);
  if (present === 'same' && !options.force) {
    return { card: await readCard(dir), dir, outcome: 'unchanged', unverified };
  }
  if (present === 'different' && !options.force) throw refuseReplace(name, dir);
  const partialDir = join(modelsDir, '.partial', name);
  const digests = new Map<string, FileDigest>();
  for (const [index, url] of modelUrls(model, options.baseUrl).entries()) {
    const file = model.files[index]!;
    digests.set(basename(file.path), await fetchFile(options, url, file.sha256));
  }
  const result = await installModel({
    json,
    modelsDir,
    force: options.force,
    fill: async (dir) => {
      for (const file of digests.keys()) await rename(join(partialDir, file), join(dir, file));
      await writeFile(join(dir, 'SOURCE.md'), sourceNote(options, digests));
      return digests;
    },
  });
  await rm(partialDir, { recursive: true, force: true });
  return { ...result, unverified };
}

async function fetchFile(options: PullOptions, url: string, sha256: string | null): Promise<FileDigest> {
  const { model, modelsDir, limits, onProgress } = options;
  const file = basename(url);
  const partial = join(modelsDir, '.partial', model.card.name, file);
  try {
    return await download({
      url,
      partial,
      sha256,
      limits,
      onProgress: (receivedBytes, totalBytes) => onProgress({ file, receivedBytes, totalBytes }),
    });
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    if (error.code === 'source_refused') await discard(partial);
    if (error.code !== 'source_unreadable') throw error;
    throw new EngineError(error.code, error.message, { ...error.place, remedy: byHand(options) }, error.cause);
  }
}

function byHand({ model, baseUrl }: PullOptions): string {
  const name = model.card.name;
  const urls = modelUrls(model, baseUrl).join(' and ');
  return (
    `On a machine that reaches them, fetch ${urls}; put the files into a folder named ${name}; ` +
    `bring it here and run: wp-chat models add ${name}. A mirror can be set with ${MODELS_URL_ENV}`
  );
}

function unverifiedFiles(model: KnownModel): readonly string[] {
  return model.files.filter((file) => file.sha256 === null).map((file) => basename(file.path));
}

function sourceNote(options: PullOptions, digests: ReadonlyMap<string, FileDigest>): string {
  const unverified = new Set(unverifiedFiles(options.model));
  const lines = modelUrls(options.model, options.baseUrl).map((url) => {
    const file = basename(url);
    const standing = unverified.has(file) ? 'unverified: first seen' : 'as published';
    return `- ${file}: ${url}, sha256 ${digests.get(file)!.sha256} (${standing})`;
  });
  return `# ${options.model.card.name}\n\nRevision ${options.model.revision} of ${options.model.repository}.\n\n${lines.join('\n')}\n`;
}
