import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OnnxSession, openSession } from '../../../engine/onnx.ts';
import { scratch, shippedModels } from './support.ts';
import { frequencies, tinyGraph } from './tiny-onnx.ts';

const open = (path: string) => openSession(path, { threads: 1 });
const graphFile = (operator: 'Sin' | 'Log'): string => {
  const path = join(scratch(), 'm.onnx');
  writeFileSync(path, tinyGraph({ dimensions: 8, operator, inputs: ['input_ids'] }));
  return path;
};
const states = (ids: Int32Array) => ({ output: 'states', shape: [1, ids.length, 8] });
const expected = (ids: Int32Array) =>
  Float32Array.from([...ids].flatMap((id) => [...frequencies(8)].map((f) => Math.sin(Math.fround(id * f)))));
const apart = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('a session', () => {
  let session: OnnxSession;
  beforeAll(async () => {
    session = await open(graphFile('Sin'));
  });
  afterAll(() => session.dispose());

  it('passes int64 inputs through buffers that grow and shrink with the text', async () => {
    for (const ids of [[3], [1, 2, 3, 4], [7, 5], [-9, 2_000_000, 0]].map((list) => Int32Array.from(list))) {
      const output = await session.run({ input_ids: ids }, states(ids));
      expect(output).toHaveLength(ids.length * 8);
      expect(apart(output, expected(ids))).toBeLessThan(1e-5);
    }
  });

  it('keeps overlapping runs apart', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => Int32Array.from({ length: 1 + (i % 5) }, (_x, t) => i * 10 + t));
    const outputs = await Promise.all(texts.map((ids) => session.run({ input_ids: ids }, states(ids))));
    for (const [i, output] of outputs.entries()) expect(apart(output, expected(texts[i]!))).toBeLessThan(1e-5);
  });

  it('fails with model_failed on a wrong shape, a wrong output name and a missing input, and runs on', async () => {
    const ids = Int32Array.of(1, 2);
    const failures = [
      session.run({ input_ids: ids }, { output: 'states', shape: [1, 3, 8] }),
      session.run({ input_ids: ids }, { output: 'nothing', shape: [1] }),
      session.run({}, states(ids)),
    ];
    for (const failure of failures) await expect(failure).rejects.toMatchObject({ code: 'model_failed' });
    expect(await session.run({ input_ids: ids }, states(ids))).toHaveLength(16);
  });

  it('fails with model_failed on NaN', async () => {
    const broken = await open(graphFile('Log'));
    const ids = Int32Array.of(5);
    await expect(broken.run({ input_ids: ids }, states(ids))).rejects.toThrow(/holds NaN at 0/);
    await broken.dispose();
  });

  it('finishes what runs, then refuses, once it is disposed', async () => {
    const closing = await open(graphFile('Sin'));
    const ids = Int32Array.of(5);
    const running = closing.run({ input_ids: ids }, states(ids));
    await closing.dispose();
    await closing.dispose();
    expect(await running).toHaveLength(8);
    await expect(closing.run({ input_ids: ids }, states(ids))).rejects.toMatchObject({ code: 'model_failed' });
  });
});

describe('a file that is no graph', () => {
  it('is model_missing when it is not there', async () => {
    await expect(open('/no/such/m.onnx')).rejects.toMatchObject({ code: 'model_missing' });
  });

  const whole = readFileSync(join(shippedModels, 'all-minilm-l6-v2/model_int8.onnx'));
  const zeroed = Buffer.from(whole).fill(0, 1_000, 200_000);
  const shuffled = Buffer.from(whole);
  for (let i = 0; i < shuffled.length; i += 4_099) shuffled[i]! ^= 0xff;

  it.each([
    ['cut at the last byte', whole.subarray(0, whole.length - 1)],
    ['zeroed in part', zeroed],
    ['damaged throughout', shuffled],
  ])('does not kill the process when it is %s', async (_, content) => {
    const path = join(scratch(), 'm.onnx');
    writeFileSync(path, content);
    const ids = Int32Array.of(101, 7592, 102);
    const feeds = { input_ids: ids, attention_mask: ids.map(() => 1) };
    const outcome = await open(path).then(
      (session) => session.run(feeds, { output: 'sentence_embedding', shape: [1, 384] }).catch((error) => error.code),
      (error) => error.code,
    );
    // Weights that are wrong but well formed can still answer: that is what the checksum is for.
    if (!(outcome instanceof Float32Array)) expect(outcome).toMatch(/^(model_damaged|model_failed)$/);
    else expect(outcome).toHaveLength(384);
  });

  it.each([
    ['empty', Buffer.alloc(0)],
    ['text', Buffer.from('<html>404 Not Found</html>')],
    ['cut in the middle', whole.subarray(0, whole.length >> 1)],
  ])('is model_damaged when it is %s', async (_, content) => {
    const path = join(scratch(), 'm.onnx');
    writeFileSync(path, content);
    await expect(open(path)).rejects.toMatchObject({ code: 'model_damaged', place: { file: path } });
  });
});
