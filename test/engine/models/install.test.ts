import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addModel, findModel, listModels, modelDir, requireSound, verifyModel } from '../../../engine/models/index.ts';
import { embedCard, modelFolder, scratch, sha256, shippedModels } from './support.ts';

const files = { 'm.onnx': 'graph', 'tokenizer.json': '{}' };
const sums = { 'm.onnx': sha256('graph'), 'tokenizer.json': sha256('{}') };
const folder = (content: Record<string, string> = files, card: unknown = embedCard()) =>
  modelFolder('tiny', content, card);
const add = (from: string, modelsDir: string, force = false) => addModel({ from, modelsDir, force });
const card = (dir: string) => JSON.parse(readFileSync(join(dir, 'model.json'), 'utf8'));

describe('addModel', () => {
  it('installs the listed files and their documents, and nothing else', async () => {
    const from = folder({ ...files, LICENSE: 'free', 'stray.bin': 'x' }, embedCard({ sha256: sums }));
    const result = await add(from, scratch());
    expect(result.outcome).toBe('installed');
    expect(readdirSync(result.dir).sort()).toEqual(['LICENSE', 'm.onnx', 'model.json', 'tokenizer.json']);
    expect((await verifyModel(result.dir)).files.map((file) => file.state)).toEqual(['ok', 'ok', 'unlisted']);
  });

  it('records checksums that the card lacks and says that they are first seen', async () => {
    const { dir, card: installed } = await add(folder(), scratch());
    expect(card(dir)).toMatchObject({
      sha256: sums,
      model_file: 'm.onnx',
      sha256_first_seen: ['m.onnx', 'tokenizer.json'],
    });
    expect(installed.firstSeen).toEqual(['m.onnx', 'tokenizer.json']);
    expect((await verifyModel(dir)).files.map((file) => file.state)).toEqual(['first_seen', 'first_seen']);
  });

  it('leaves nothing behind when a file differs from its checksum', async () => {
    const modelsDir = scratch();
    const from = folder({ ...files, 'm.onnx': 'other' }, embedCard({ sha256: sums }));
    await expect(add(from, modelsDir)).rejects.toMatchObject({
      code: 'model_damaged',
      place: { field: 'sha256.m.onnx' },
    });
    expect(readdirSync(modelsDir)).toEqual([]);
  });

  it('refuses a different model of the same name, and replaces it when forced', async () => {
    const modelsDir = scratch();
    await add(folder(), modelsDir);
    const other = folder({ ...files, 'm.onnx': 'other' });
    await expect(add(other, modelsDir)).rejects.toMatchObject({ code: 'request_invalid' });
    expect(readFileSync(join(modelsDir, 'tiny/m.onnx'), 'utf8')).toBe('graph');
    expect((await add(other, modelsDir, true)).outcome).toBe('replaced');
    expect(readFileSync(join(modelsDir, 'tiny/m.onnx'), 'utf8')).toBe('other');
    expect(readdirSync(modelsDir)).toEqual(['tiny']);
  });

  it('leaves the same model alone, and repairs it without force when it is damaged', async () => {
    const modelsDir = scratch();
    const { dir } = await add(folder(), modelsDir);
    expect((await add(folder(), modelsDir)).outcome).toBe('unchanged');
    writeFileSync(join(dir, 'm.onnx'), 'grapx');
    expect((await add(folder(), modelsDir)).outcome).toBe('replaced');
    expect((await verifyModel(dir)).ok).toBe(true);
  });

  it('refuses a symbolic link in place of a file', async () => {
    const from = folder({ 'tokenizer.json': '{}' }, embedCard({ model_file: 'm.onnx' }));
    symlinkSync('/etc/hostname', join(from, 'm.onnx'));
    await expect(add(from, scratch())).rejects.toMatchObject({
      code: 'request_invalid',
      place: { file: join(from, 'm.onnx') },
    });
  });

  it('reports a missing tokenizer, a missing card and a folder that is not there', async () => {
    await expect(add(folder({ 'm.onnx': 'graph' }), scratch())).rejects.toMatchObject({ code: 'model_missing' });
    await expect(add(folder(files, null), scratch())).rejects.toMatchObject({ code: 'model_missing' });
    await expect(add('/no/such/folder', scratch())).rejects.toMatchObject({ code: 'model_missing' });
  });

  it('takes a folder named after a known model without a card, and holds it to the published checksums', async () => {
    const from = modelFolder('bge-small-en-v1.5', { 'model_quantized.onnx': 'not it', 'tokenizer.json': '{}' }, null);
    await expect(add(from, scratch())).rejects.toMatchObject({
      code: 'model_damaged',
      place: { expected: expect.stringMatching(/^6c9c6101/) },
    });
  });
});

describe('verifyModel', () => {
  it('finds the two shipped models as they were published', async () => {
    for (const name of ['all-minilm-l6-v2', 'wp-chat-rerank-en']) {
      const report = await verifyModel(join(shippedModels, name));
      expect(report.ok).toBe(true);
      expect(report.files.filter((file) => file.state === 'ok')).toHaveLength(3);
      expect(report.files.find((file) => file.file === 'SOURCE.md')?.state).toBe('unlisted');
    }
  });

  it('tells a missing, a changed, an unrecorded and an unlisted file apart', async () => {
    const changed = folder(files, embedCard({ sha256: { ...sums, 'm.onnx': sha256('then') } }));
    const missing = folder({ 'm.onnx': 'graph', extra: '' }, embedCard({ sha256: sums }));
    const unrecorded = folder(files, embedCard({ model_file: 'm.onnx' }));
    const states = async (dir: string) => (await verifyModel(dir)).files.map((file) => `${file.file} ${file.state}`);
    expect(await states(changed)).toEqual(['m.onnx changed', 'tokenizer.json ok']);
    expect(await states(missing)).toEqual(['m.onnx ok', 'tokenizer.json missing', 'extra unlisted']);
    expect(await states(unrecorded)).toEqual(['m.onnx unrecorded', 'tokenizer.json unrecorded']);
  });

  it('turns a bad report into model_missing or model_damaged', async () => {
    const damaged = await verifyModel(folder({ ...files, 'm.onnx': 'x' }, embedCard({ sha256: sums })));
    const missing = await verifyModel(folder({ 'm.onnx': 'graph' }, embedCard({ sha256: sums })));
    expect(damaged.ok || missing.ok).toBe(false);
    expect(() => requireSound(damaged)).toThrow(expect.objectContaining({ code: 'model_damaged' }));
    expect(() => requireSound(missing)).toThrow(expect.objectContaining({ code: 'model_missing' }));
  });
});

describe('the catalogue', () => {
  it('lists what is installed, what is unreadable and what can be pulled', async () => {
    const modelsDir = scratch();
    await add(folder(), modelsDir);
    mkdirSync(join(modelsDir, 'broken'));
    mkdirSync(join(modelsDir, '.partial'));
    const listed = (await listModels(modelsDir)).map((model) => `${model.name} ${model.state}`);
    expect(listed.slice(0, 2)).toEqual(['broken unreadable', 'tiny installed']);
    expect(listed.slice(2)).toContain('multilingual-e5-small available');
  });

  it('shows a known model once when it is installed', async () => {
    const modelsDir = scratch();
    await add(folder(files, embedCard({ name: 'bge-small-en-v1.5' })), modelsDir);
    const listed = (await listModels(modelsDir)).filter((model) => model.name === 'bge-small-en-v1.5');
    expect(listed.map((model) => model.state)).toEqual(['installed']);
  });

  it('lists what can be pulled where no models folder exists', async () => {
    expect((await listModels('/no/such/folder')).every((model) => model.state === 'available')).toBe(true);
  });

  it('finds a model by name in any case and refuses a folder whose card has another name', async () => {
    const modelsDir = scratch();
    const { dir } = await add(folder(), modelsDir);
    expect((await findModel(modelsDir, 'TINY')).dir).toBe(dir);
    cpSync(dir, join(modelsDir, 'renamed'), { recursive: true });
    await expect(findModel(modelsDir, 'renamed')).rejects.toMatchObject({
      code: 'model_damaged',
      place: { value: 'tiny' },
    });
    rmSync(dir, { recursive: true });
    await expect(findModel(modelsDir, 'tiny')).rejects.toMatchObject({ code: 'model_missing' });
    expect(existsSync(dir)).toBe(false);
  });

  it.each(['../up', '.hidden', 'a/b', '', 'a'.repeat(65), 'a\0b'])('refuses the name %j', (name) => {
    expect(() => modelDir('/models', name)).toThrow(expect.objectContaining({ code: 'request_invalid' }));
  });
});
