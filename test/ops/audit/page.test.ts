/** Page by page the log says all that it holds, the latest first, over however many files it lies. */
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AuditLog, latestEntry, readAuditFiles, readAuditPage, verifyAudit } from '../../../ops/audit/index.ts';
import { patientDisk } from '../../../ops/durable/index.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { scratchFolder } from '../../support/scratch.ts';

const act = (n: number) =>
  ({ actor: 'loopback', address: '::1', action: 'cache.clear', parameters: { n }, outcome: 'done', code: '' }) as const;

it('pages put together are the log, whatever their size and that of its files', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 300, max: 3000 }),
      async (count, limit, fileBytesMax) => {
        const disk = new SimulatedDisk();
        const path = 'logs/audit.jsonl';
        const log = await AuditLog.open(disk, { path, fileBytesMax, filesKept: 100, wallMs: () => 0 });
        for (let n = 1; n <= count; n++) await log.append(act(n));
        await log.close();
        const read: number[] = [];
        for (let before = Number.MAX_SAFE_INTEGER; ; ) {
          const page = await readAuditPage(disk, path, { before, limit });
          expect(page.length).toBeLessThanOrEqual(limit);
          if (page.length === 0) break;
          read.push(...page.map(({ seq }) => seq));
          before = page.at(-1)!.seq;
        }
        expect(read).toEqual(Array.from({ length: count }, (_, n) => count - n));
      },
    ),
    { numRuns: 40 },
  );
});

it('lines that are none of ours are passed over; what a caller wrote is not taken for a number of a line', async () => {
  const path = join(scratchFolder(), 'audit.jsonl');
  const log = await AuditLog.open(patientDisk, { path, fileBytesMax: 10_000, filesKept: 3, wallMs: () => 0 });
  await log.append({ ...act(1), parameters: { text: '"seq":999999,' } });
  await log.append(act(2));
  await log.close();
  appendFileSync(path, 'no line of ours\n');
  const page = await readAuditPage(patientDisk, path, { before: 3, limit: 10 });
  expect(page.map(({ seq }) => seq)).toEqual([2, 1]);
  expect(await readAuditPage(patientDisk, path, { before: 2, limit: 10 })).toHaveLength(1);
  expect(await readAuditPage(patientDisk, `${path}.elsewhere`, { before: 3, limit: 10 })).toEqual([]);
  expect(readdirSync(join(path, '..'))).toEqual(['audit.jsonl']);
});

it('the latest of an action is found in two files, whatever callers sent, and the log is opened without reading all of it', async () => {
  const path = join(scratchFolder(), 'audit.jsonl');
  const settings = { path, fileBytesMax: 600_000, filesKept: 3, wallMs: () => 0 };
  const log = await AuditLog.open(patientDisk, settings);
  await log.append({ ...act(0), action: 'process.start' });
  for (let n = 1; n <= 3000; n++) void log.append({ ...act(n), parameters: { action: 'process.start' } });
  await log.close();
  expect((await latestEntry(patientDisk, path, 'process.start'))?.seq).toBe(1);
  expect((await latestEntry(patientDisk, path, 'cache.clear'))?.seq).toBe(3001);
  expect(await latestEntry(patientDisk, path, 'cache')).toBeNull();
  const whole = readFileSync(path);
  // Far from the end, where only who verifies looks; then near it, where each start does.
  for (const [at, said] of [
    [1000, []],
    [whole.length - 1000, ['audit.damaged']],
  ] as const) {
    const bent = Buffer.from(whole);
    bent[bent.indexOf('"cache.clear"', at) + 1]! ^= 1;
    writeFileSync(path, bent);
    const again = await AuditLog.open(patientDisk, settings);
    expect(again.head.seq).toBe(3001 + said.length);
    await again.close();
    const [latest] = await readAuditPage(patientDisk, path, { before: 9999, limit: 1 });
    expect(latest!.action).toBe(said[0] ?? 'cache.clear');
    if (said.length > 0) {
      const { fault } = verifyAudit(await readAuditFiles(patientDisk, path));
      expect(latest!.parameters).toMatchObject({ seq: fault!.seq, line: fault!.line, file: fault!.file });
    }
    writeFileSync(path, whole);
  }
});
