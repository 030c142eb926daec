import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type BenchResult, readResult, writeResult } from '../../bench/harness/index.ts';
import { packageRoot } from '../../engine/package-root.ts';

const cli = join(packageRoot, 'dist/program/wp-chat.js');
const wpChat = (...flags: string[]) =>
  spawnSync(process.execPath, [cli, 'bench', ...flags], { cwd: packageRoot, encoding: 'utf8' });

describe('every benchmark, with smoke values', () => {
  let folder: string;
  let results: Record<string, BenchResult>;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wp-chat-smoke-'));
    const run = wpChat('all', '--smoke', '--out', folder);
    expect(run.stderr).not.toContain('Error');
    expect(run.status, run.stderr).toBe(0);
    const names = ['serving', 'indexing', 'memory', 'micro', 'recording'];
    results = Object.fromEntries(names.map((name) => [name, readResult(join(folder, `${name}.json`))]));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('leaves positive numbers for every subject, and a report of all', () => {
    for (const { name, smoke, measures, ratios } of Object.values(results)) {
      expect(smoke).toBe(true);
      expect(ratios.length, name).toBeGreaterThan(0);
      for (const { median, rounds } of ratios) expect([median, ...rounds].every((value) => value > 0)).toBe(true);
      for (const { subject, metric, median } of measures)
        if (metric.endsWith('/s')) expect(median, `${name} ${subject}`).toBeGreaterThan(0);
    }
    const report = readFileSync(join(folder, 'README.md'), 'utf8');
    for (const name of Object.keys(results)) expect(report).toContain(`## ${name} (smoke run`);
  });

  test('serving measures each mode cold and warm, closed and open, beside the three raw limits', () => {
    const subjects = new Set(results['serving']!.measures.map(({ subject, condition }) => `${subject}, ${condition}`));
    for (const mode of ['bm25', 'dense', 'hybrid', 'reranked'])
      for (const caches of ['cold', 'warm'])
        for (const condition of ['1 connection', '4 connections', 'half rate'])
          expect(subjects).toContain(`${mode} ${caches}, ${condition}`);
    for (const limit of ['uWebSockets.js echo, 4 connections', 'usearch, one thread', 'onnxruntime-node, one thread'])
      expect(subjects).toContain(limit);
  });

  test('the same work has the same hash in another run, and a worse ratio is exit code 1', () => {
    const again = join(folder, 'again.json');
    const hard = join(folder, 'hard.json');
    const ratios = results['micro']!.ratios.map((one) => ({
      ...one,
      median: one.median / 1000,
      rounds: [one.median / 1000],
    }));
    writeResult(hard, { ...results['micro']!, ratios });
    const worse = wpChat('micro', '--smoke', '--out', again, '--compare', hard);
    expect(worse.status, worse.stderr).toBe(1);
    expect(worse.stdout).toContain('worse');
    expect(readResult(again).workSha256).toBe(results['micro']!.workSha256);
  });

  test('values out of range and a baseline that cannot be read are refused before anything runs', () => {
    const wrong = wpChat('serving', '--smoke', '--concurrency', '8,1');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('--concurrency: expected ascending numbers: 8,1');
    expect(wpChat('indexing', '--smoke', '--posts', '0').status).toBe(2);
    expect(wpChat('micro', '--smoke', '--compare', join(folder, 'none.json')).status).toBe(5);
  });
});
