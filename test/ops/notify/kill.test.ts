/**
 * A real process over a real disk is killed in the middle: is every notice delivered of which it had said that it would be?
 *
 * A few rounds here; `KILL_ROUNDS=500` for a soak.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rolldown } from 'rolldown';
import { beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { Outbox } from '../../../ops/notify/outbox/outbox.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { noticeWith } from './notices.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3);
const SEED = Number(process.env['KILL_SEED'] ?? 1);

/** Puts one notice after the other, for a hundred incidents, delivers some, and says so at once. */
const PROGRAM = `
const [, modules, folder, notice, first] = process.argv;
const { Outbox } = await import(modules + '/outbox.js');
const { machineDisk } = await import(modules + '/disk.js');
const { writeSync } = await import('node:fs');
const outbox = new Outbox({ disk: machineDisk, folder, waitingMax: 100000, deadLettersMax: 100 });
for (let at = Number(first); ; at++) {
  const incidentId = String(at % 100);
  outbox.commit([{ key: String(at), channel: 'a', notice: { ...JSON.parse(notice), incidentId } }], at, at);
  if (outbox.fault !== null) throw new Error(outbox.fault);
  writeSync(1, 'put ' + at + '\\n');
  if (at % 3 === 0) {
    const entry = outbox.entries[0];
    writeSync(1, 'delivered ' + entry.key + '\\n');
    outbox.delivered(entry);
  }
}
`;

const modules = scratchFolder();
beforeAll(async () => {
  const input = {
    outbox: join(packageRoot, 'ops/notify/outbox/outbox.ts'),
    disk: join(packageRoot, 'engine/store/disk/index.ts'),
  };
  const bundle = await rolldown({ input, platform: 'node', logLevel: 'warn' });
  await bundle.write({ dir: modules, format: 'esm' });
  await bundle.close();
});

/** What the process said before it was killed, in order. */
async function killedAfter(lines: number, folder: string, first: number): Promise<string[]> {
  const notice = JSON.stringify(noticeWith({ summary: 'many words '.repeat(100) }));
  const program = ['--input-type=module', '--eval', PROGRAM, modules, folder, notice, String(first)];
  const child = spawn(process.execPath, program, { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout! })) {
    said.push(line);
    if (said.length === lines) child.kill('SIGKILL');
  }
  if (child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return said;
}

it(`nothing that was promised is lost, over ${ROUNDS} kills`, async () => {
  const folder = scratchFolder();
  let state = SEED;
  const random = (below: number): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  /** The last notice of each incident that was promised, by incident. */
  const promised = new Map<string, number>();
  const delivered = new Set<number>();
  let next = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const line of await killedAfter(20 + random(400), folder, next)) {
      const [what, number] = line.split(' ');
      const at = Number(number);
      if (what === 'delivered') delivered.add(at);
      else {
        promised.set(String(at % 100), at);
        next = at + 1;
      }
    }
    const outbox = new Outbox({ disk: machineDisk, folder, waitingMax: 100_000, deadLettersMax: 100 });
    expect(outbox.damaged).toBe(0);
    const waiting = new Map(outbox.entries.map(({ key, notice }) => [notice.incidentId, Number(key)]));
    for (const [incident, at] of promised) {
      const found = waiting.get(incident);
      // A newer one may have been written and not said; what was delivered may be there or not.
      const isThere = found !== undefined && found >= at;
      expect(isThere || delivered.has(at), `seed ${SEED}, round ${round}: ${at}`).toBe(true);
    }
    expect(outbox.memo as number).toBeGreaterThanOrEqual(next - 1);
    next = (outbox.memo as number) + 1;
    outbox.close();
  }
});
