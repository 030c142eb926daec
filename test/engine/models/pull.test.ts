import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  addModel,
  DEFAULT_MODELS_URL,
  type DownloadLimits,
  type KnownModel,
  MODELS_URL_ENV,
  modelsBaseUrl,
  type PullProgress,
  pullModel,
  requireKnownModel,
  verifyModel,
} from '../../../engine/models/index.ts';
import { Hub } from './hub.ts';
import { embedCard, modelFolder, scratch, sha256 } from './support.ts';

const graph = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 251));
const tokenizer = Buffer.from('{"version":"1.0"}');
const base = '/org/tiny/resolve/abc123';
const graphPath = `${base}/onnx/m.onnx`;
const limits: DownloadLimits = { bytesMax: 50_000, idleTimeoutMs: 5_000, attemptsMax: 3, retryDelayMs: 0 };

const known = (published = true): KnownModel => ({
  repository: 'org/tiny',
  revision: 'abc123',
  files: [
    { path: 'onnx/m.onnx', sha256: published ? sha256(graph) : null },
    { path: 'tokenizer.json', sha256: sha256(tokenizer) },
  ],
  card: embedCard({ model_file: 'm.onnx' }) as unknown as KnownModel['card'],
});

let hub: Hub;
let baseUrl: string;
let modelsDir: string;
let progress: PullProgress[];

beforeEach(async () => {
  hub = new Hub();
  baseUrl = await hub.listen();
  hub.files.set(graphPath, graph).set(`${base}/tokenizer.json`, tokenizer);
  modelsDir = scratch();
  progress = [];
});
afterEach(() => hub.close());

const pull = (changes: Partial<Parameters<typeof pullModel>[0]> = {}) =>
  pullModel({
    model: known(),
    modelsDir,
    baseUrl,
    force: false,
    limits,
    onProgress: (step) => {
      progress.push(step);
      hub.clientHas(step.receivedBytes);
    },
    ...changes,
  });
const partial = () => join(modelsDir, '.partial/tiny/m.onnx');
const ranges = () => hub.seen.filter((request) => request.path === graphPath).map((request) => request.range);
const installedGraph = () => readFileSync(join(modelsDir, 'tiny/m.onnx'));

describe('pullModel', () => {
  it('installs every file, says how far it is, and leaves no partial file', async () => {
    const result = await pull();
    expect(result).toMatchObject({ outcome: 'installed', unverified: [] });
    expect((await verifyModel(result.dir)).ok).toBe(true);
    expect(installedGraph().equals(graph)).toBe(true);
    expect(progress.at(-1)).toEqual({ file: 'tokenizer.json', receivedBytes: 17, totalBytes: 17 });
    expect(progress.find((step) => step.receivedBytes === 20_000)).toMatchObject({
      file: 'm.onnx',
      totalBytes: 20_000,
    });
    expect(readdirSync(join(modelsDir, '.partial'))).toEqual([]);
    expect(readFileSync(join(result.dir, 'SOURCE.md'), 'utf8')).toContain('(as published)');
  });
});

describe('resuming', () => {
  it('goes on where a cut connection broke off', async () => {
    hub.next({ kind: 'cut', afterBytes: 7_000 });
    await pull();
    expect(ranges()).toEqual([null, 'bytes=7000-']);
    expect(hub.seen[1]!.ifRange).toMatch(/^"/);
    expect(installedGraph().equals(graph)).toBe(true);
  });

  it('goes on in a later run after its attempts are used up', async () => {
    hub.next(...Array.from({ length: 3 }, () => ({ kind: 'cut', afterBytes: 3_000 }) as const));
    await expect(pull()).rejects.toMatchObject({ code: 'source_unreadable' });
    expect(statSync(partial()).size).toBe(9_000);
    hub.seen.length = 0;
    await pull();
    expect(ranges()).toEqual(['bytes=9000-']);
    expect(installedGraph().equals(graph)).toBe(true);
  });

  it('goes on behind a redirect to another host, as the hub sends one for every large file', async () => {
    const store = new Hub();
    const to = await store.listen();
    store.files.set(graphPath, graph);
    hub.next({ kind: 'redirect', to }, { kind: 'redirect', to });
    store.next({ kind: 'cut', afterBytes: 7_000 });
    await pull({ onProgress: (step) => store.clientHas(step.receivedBytes) });
    expect(store.seen.map((request) => request.range)).toEqual([null, 'bytes=7000-']);
    expect(installedGraph().equals(graph)).toBe(true);
    await store.close();
  });

  it('starts over with a server that ignores the range', async () => {
    hub.next({ kind: 'cut', afterBytes: 7_000 }, { kind: 'ignoreRange' });
    await pull();
    expect(installedGraph().equals(graph)).toBe(true);
  });

  it('starts over when the file changed between two attempts', async () => {
    hub.next({ kind: 'cut', afterBytes: 7_000 }, { kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    await expect(pull({ model: known(false) })).rejects.toMatchObject({ code: 'source_unreadable' });
    const changed = Buffer.from(graph).reverse();
    hub.files.set(graphPath, changed);
    await pull({ model: known(false) });
    expect(installedGraph().equals(changed)).toBe(true);
  });

  it('uses a partial file that was complete already, and drops one that is too long', async () => {
    mkdirSync(join(modelsDir, '.partial/tiny'), { recursive: true });
    writeFileSync(partial(), graph);
    await pull();
    expect(ranges()).toEqual(['bytes=20000-']);
    mkdirSync(join(modelsDir, '.partial/tiny'), { recursive: true });
    writeFileSync(partial(), Buffer.concat([graph, graph]));
    await pull({ force: true });
    expect(installedGraph().equals(graph)).toBe(true);
  });

  it('downloads afresh when what lay there from before spoils the checksum', async () => {
    mkdirSync(join(modelsDir, '.partial/tiny'), { recursive: true });
    writeFileSync(partial(), Buffer.alloc(5_000, 1));
    await pull();
    expect(ranges()).toEqual(['bytes=5000-', null]);
    expect(installedGraph().equals(graph)).toBe(true);
  });
});

describe('a pull that fails', () => {
  it('refuses a wrong checksum, installs nothing and keeps nothing', async () => {
    hub.files.set(graphPath, Buffer.from('something else'));
    await expect(pull()).rejects.toMatchObject({ code: 'model_damaged', place: { expected: sha256(graph) } });
    expect(existsSync(join(modelsDir, 'tiny'))).toBe(false);
    expect(existsSync(partial())).toBe(false);
  });

  it('says of a file without a published checksum that it is unverified: first seen', async () => {
    const result = await pull({ model: known(false) });
    expect(result.unverified).toEqual(['m.onnx']);
    const report = await verifyModel(result.dir);
    expect(report.files.map((file) => `${file.file} ${file.state}`)).toContain('m.onnx first_seen');
    expect(readFileSync(join(result.dir, 'SOURCE.md'), 'utf8')).toContain('(unverified: first seen)');
  });

  it('gives up at once on 404 and names the address and the way without a network', async () => {
    hub.files.delete(graphPath);
    await expect(pull()).rejects.toMatchObject({
      code: 'source_unreadable',
      message: `Cannot fetch file: HTTP 404: ${baseUrl}${graphPath}`,
      place: { remedy: expect.stringContaining('wp-chat models add tiny') },
    });
    expect(ranges()).toHaveLength(1);
  });

  it('tries again after a 503', async () => {
    hub.next({ kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    expect((await pull()).outcome).toBe('installed');
  });

  it('says what to do when there is no server at all', async () => {
    await hub.close();
    const failure = pull();
    await expect(failure).rejects.toMatchObject({
      code: 'source_unreadable',
      message: expect.stringContaining('ECONNREFUSED'),
      place: { remedy: expect.stringMatching(new RegExp(`fetch ${baseUrl}.*m.onnx and .*tokenizer.json`)) },
    });
    await hub.listen();
  });

  it('gives up on a server that stays silent', async () => {
    hub.next({ kind: 'silence' });
    const impatient = { ...limits, idleTimeoutMs: 50, attemptsMax: 1 };
    await expect(pull({ limits: impatient })).rejects.toThrow(/silent for 50 ms/);
  });

  it.each([
    ['says so', { kind: 'serve' }],
    ['does not say so', { kind: 'unbounded' }],
  ] as const)('refuses a file over the size limit that %s', async (_, behaviour) => {
    hub.next(behaviour);
    const failure = pull({ limits: { ...limits, bytesMax: 10_000 } });
    await expect(failure).rejects.toMatchObject({ code: 'source_refused', place: { expected: 'at most 10000 bytes' } });
    expect(existsSync(partial())).toBe(false);
  });
});

describe('pulling over what is installed', () => {
  it('asks for nothing when the model is installed and sound', async () => {
    await pull();
    hub.seen.length = 0;
    expect((await pull()).outcome).toBe('unchanged');
    expect(hub.seen).toEqual([]);
  });

  it('fetches again when the installed model is damaged', async () => {
    await pull();
    writeFileSync(join(modelsDir, 'tiny/m.onnx'), 'damage');
    expect((await pull()).outcome).toBe('replaced');
    expect(installedGraph().equals(graph)).toBe(true);
  });

  it('refuses to replace a different model before it fetches anything', async () => {
    const files = { 'm.onnx': 'other', 'tokenizer.json': '{}' };
    await addModel({ from: modelFolder('tiny', files, embedCard()), modelsDir, force: false });
    await expect(pull()).rejects.toMatchObject({ code: 'request_invalid' });
    expect(hub.seen).toEqual([]);
    expect((await pull({ force: true })).outcome).toBe('replaced');
  });
});

describe('the address of the hub', () => {
  it('takes the environment before the configuration and both before the default', () => {
    expect(modelsBaseUrl(null, {})).toBe(DEFAULT_MODELS_URL);
    expect(modelsBaseUrl('http://mirror/hub/', {})).toBe('http://mirror/hub');
    expect(modelsBaseUrl('http://mirror', { [MODELS_URL_ENV]: 'https://other' })).toBe('https://other');
  });

  it.each(['mirror', 'file:///etc', 'ftp://mirror'])('refuses %s', (value) => {
    expect(() => modelsBaseUrl(value, {})).toThrow(expect.objectContaining({ code: 'config_invalid' }));
  });
});

describe('requireKnownModel', () => {
  it('finds a model as the hub writes it and names all when there is none', () => {
    expect(requireKnownModel('ms-marco-MiniLM-L6-v2').card.name).toBe('ms-marco-minilm-l6-v2');
    expect(() => requireKnownModel('gpt')).toThrow(
      expect.objectContaining({
        place: expect.objectContaining({ expected: expect.stringContaining('bge-small-en-v1.5') }),
      }),
    );
  });
});
