/** The bundled sample site as a workload: its first posts indexed in a folder of their own, and its queries. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { packageRoot } from '../engine/package-root.ts';
import type { Launch } from './harness/index.ts';

export const cliPath = join(packageRoot, 'dist/program/wp-chat.js');
const sample = (name: string): string => join(packageRoot, 'data/sample', name);

export const POSTS = { smoke: 12, full: 100 } as const;

export interface SampleSite {
  /** Folder of the built index. */
  readonly index: string;
  readonly posts: number;
  readonly passages: number;
  readonly queries: readonly string[];
  /** Removes the folder. */
  close(): void;
}

export const settingFlags = ({ configFile, set }: Launch): string[] => [
  ...(configFile === null ? [] : ['--config', configFile]),
  ...set.flatMap((setting) => ['--set', setting]),
];

/** Queries of the sample site in their order, the first `max` of them. */
function sampleQueries(max: number): string[] {
  const lines = readFileSync(sample('queries.jsonl'), 'utf8').trim().split('\n').slice(0, max);
  return lines.map((line) => (JSON.parse(line) as { text: string }).text);
}

/** The first posts of the site as JSON lines in `folder`; returns the file. */
export function writeSamplePosts(folder: string, posts: number): string {
  const file = join(folder, 'posts.jsonl');
  const lines = readFileSync(sample('posts.jsonl'), 'utf8').trim().split('\n').slice(0, posts);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** Builds the index with `wp-chat index`; throws with what that said when it fails. */
export function openSampleSite(launch: Launch, posts: number, queriesMax: number): SampleSite {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-bench-'));
  const index = join(folder, 'index');
  const close = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const counts = buildSample(launch, index, posts);
    return { index, ...counts, queries: sampleQueries(queriesMax), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Builds an index of the first posts in a folder that has none, or none of another source. */
export function buildSample(launch: Launch, index: string, posts: number): Pick<SampleSite, 'posts' | 'passages'> {
  const from = writeSamplePosts(dirname(index), posts);
  const run = spawnSync(
    process.execPath,
    [cliPath, ...settingFlags(launch), 'index', '--json', '--from', from, '--into', index],
    { encoding: 'utf8' },
  );
  if (run.status !== 0) throw new Error(`wp-chat index ended with ${run.status}: ${run.stderr}`);
  return (JSON.parse(run.stdout) as { counts: Pick<SampleSite, 'posts' | 'passages'> }).counts;
}
