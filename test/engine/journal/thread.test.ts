/** A journal that is written by a thread of its own, on the machine's disk. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Journal, OpenedJournal } from '../../../engine/journal/index.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { scratchFolder } from '../../support/scratch.ts';

const module = join(packageRoot, 'dist/engine/journal/index.js');
const built = existsSync(module);
if (!built) process.stdout.write('Skipped: the project is not built\n');

async function open(folder: string): Promise<OpenedJournal & { records: string[] }> {
  const { openJournal } = (await import(module)) as typeof import('../../../engine/journal/index.ts');
  const records: string[] = [];
  const opened = await openJournal({
    folder,
    segmentBytesMax: 4096,
    covered: null,
    take: (record) => records.push(Buffer.from(record).toString()),
    listener: { durable: () => {}, refused: () => {} },
    writer: 'thread',
  });
  return { ...opened, records };
}

const append = (journal: Journal, text: string): Promise<void> => journal.append(Buffer.from(text)).durable;

it.runIf(built)('has what it was given when it is opened again, and removes what is covered', async () => {
  const folder = join(scratchFolder(), 'journal');
  const { journal, close } = await open(folder);
  const texts = Array.from({ length: 300 }, (_, at) => `record ${at} ${'x'.repeat(at)}`);
  await append(journal, texts[0]!);
  await Promise.all(texts.slice(1).map((text) => append(journal, text)));
  await append(journal, 'y'.repeat(100_000));
  expect(journal.durableSequence).toBe(301);
  await journal.rotate();
  await journal.remove(300);
  await append(journal, 'last');
  await close();
  const again = await open(folder);
  expect(again.records).toEqual(['y'.repeat(100_000), 'last'].slice(2 - again.records.length));
  expect(again.recovery).toMatchObject({ torn: null });
  expect(again.journal.durableSequence).toBe(302);
  await again.close();
});

it.runIf(built)('says what the disk said, with its place, and goes on when it is well', async () => {
  const folder = join(scratchFolder(), 'journal');
  const { journal, close } = await open(folder);
  await append(journal, 'one');
  renameSync(folder, `${folder} away`);
  await expect(journal.rotate()).rejects.toMatchObject({ code: 'index_unwritable', place: { value: 'ENOENT' } });
  await expect(append(journal, 'two')).rejects.toMatchObject({ code: 'index_unwritable' });
  renameSync(`${folder} away`, folder);
  await append(journal, 'three');
  await close();
  const again = await open(folder);
  expect(again.records).toEqual(['one', 'three']);
  await again.close();
  expect(readdirSync(folder).every((name) => name.endsWith('.log'))).toBe(true);
});
