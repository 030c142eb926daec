/** What of the process fails on purpose, and is as before when it is withdrawn. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ErrorLog } from '../../ops/index.ts';
import { fullDisk } from '../../server/incidents/full-disk.ts';
import { ProcessFaults, processFaultsSchema } from '../../server/process-faults.ts';
import { scratchFolder } from '../support/scratch.ts';

const asked = (more: object = {}) => processFaultsSchema.parse(more);
const ENTRY = { timeMs: 0, requestId: '', endpoint: '/search', code: 'internal' };

it('the time of day is ahead, and the clock that only counts differences goes on', async () => {
  const faults = new ProcessFaults();
  const clock = faults.over({ nowUs: () => 5, wallMs: () => 1000 });
  await faults.set(asked({ clockAheadMs: 3_600_000 }));
  expect([clock.nowUs(), clock.wallMs()]).toEqual([5, 3_601_000]);
  await faults.set(asked());
  expect(clock.wallMs()).toBe(1000);
});

it('a full disk takes no lines of a log, which counts them; then it takes them again', async () => {
  const faults = new ProcessFaults();
  const settings = faults.onDisk({ directory: scratchFolder(), fileBytesMax: 65_536, filesKept: 1 });
  const log = new ErrorLog(settings);
  await faults.set(asked({ logs: 'full' }));
  log.write({ ...ENTRY, detail: 'lost' });
  await log.flush();
  expect(log.lost).toBe(1);
  await faults.set(asked());
  log.write({ ...ENTRY, detail: 'kept' });
  await log.flush();
  const text = readFileSync(join(settings.directory, 'api_errors.log'), 'utf8');
  expect([log.lost, text.includes('kept'), text.includes('lost')]).toEqual([1, true, false]);
  // Other threads are given what can be copied.
  expect(structuredClone(settings)).toEqual({ directory: settings.directory, fileBytesMax: 65_536, filesKept: 1 });
});

it('a full disk takes nothing of a record that is to survive, whether its file was open before or not', async () => {
  let full = false;
  const disk = fullDisk(() => full);
  const path = join(scratchFolder(), 'incidents.jsonl');
  const file = await disk.open(path, 'create');
  await file.write(Buffer.from('one\n'));
  full = true;
  await expect((async () => file.write(Buffer.from('two\n')))()).rejects.toMatchObject({ code: 'ENOSPC' });
  await expect((async () => disk.open(path, 'append'))()).rejects.toMatchObject({ code: 'ENOSPC' });
  full = false;
  await file.write(Buffer.from('three\n'));
  await file.close();
  expect(Buffer.from(await disk.read(path)).toString()).toBe('one\nthree\n');
});

it.each([
  ['a clock that is set back', { clockAheadMs: -1 }],
  ['a pause that nobody waits for', { pauseMs: 60_000 }],
  ['another disk', { logs: 'slow' }],
])('is refused: %s', (_, given) => {
  expect(processFaultsSchema.safeParse(given).success).toBe(false);
});
