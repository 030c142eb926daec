import { expect, it } from 'vitest';
import { StreamLimit } from '../../server/stream-limit.ts';

async function* three() {
  yield 1;
  yield 2;
  yield 3;
}

it('a stream counts until it has ended, failed or been left, and once', async () => {
  const limit = new StreamLimit(2);
  const whole = limit.counted(three());
  const left = limit.counted(three())[Symbol.asyncIterator]();
  expect(limit.full).toBe(true);
  const seen: number[] = [];
  for await (const part of whole) seen.push(part);
  expect([seen, limit.full]).toEqual([[1, 2, 3], false]);

  const failing = limit.counted(
    // biome-ignore lint/correctness/useYield: it fails before.
    (async function* (): AsyncGenerator<number> {
      throw new Error('torn');
    })(),
  );
  expect(limit.full).toBe(true);
  await expect(failing[Symbol.asyncIterator]().next()).rejects.toThrow('torn');
  expect(limit.full).toBe(false);

  await left.next();
  await left.return?.();
  await left.return?.();
  limit.counted(three());
  expect(limit.full).toBe(false);
  limit.counted(three());
  expect(limit.full).toBe(true);
});
