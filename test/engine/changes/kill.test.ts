/**
 * A real process writes over a real disk and is killed in the middle: is all there that it had acknowledged?
 *
 * A few rounds here; `KILL_ROUNDS=500` for a soak, which says now and then how far it is, and whose verdict KILL_REPORT names a file for.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { machineFacts } from '../../../bench/harness/machine.ts';
import { median, percentile } from '../../../bench/harness/rounds.ts';
import { Changes } from '../../../engine/changes/index.ts';
import { systemClock } from '../../../engine/clock.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { MapBase, read, SETTINGS } from './sites.ts';

const ROUNDS = Number(process.env['KILL_ROUNDS'] ?? 3);
const SEED = Number(process.env['KILL_SEED'] ?? 1);
const WRITERS = 8;
/** Rounds between two words of how far it is. */
const TELL_EVERY = 25;

const changesModule = join(packageRoot, 'dist/engine/changes/index.js');
const diskModule = join(packageRoot, 'dist/engine/store/disk/index.js');
const built = existsSync(changesModule);
if (!built) process.stdout.write('Skipped: the project is not built\n');

/** Puts and deletes documents and merges now and then; what is acknowledged goes out as one line of JSON at once. */
const PROGRAM = `
const [, changesModule, diskModule, folder, settings, writers, round] = process.argv;
const { Changes } = await import(changesModule);
const { machineDisk, replaceFile } = await import(diskModule);
const { existsSync, readFileSync, writeSync } = await import('node:fs');
const file = folder + '/GENERATION';
let { documents, covered } = existsSync(file) ? JSON.parse(readFileSync(file)) : { documents: [], covered: null };
documents = new Map(documents);
const base = {
  version: async (id) => documents.get(id)?.version ?? null,
  document: async (id) => documents.get(id).document,
};
const clock = { nowUs: () => performance.now() * 1000, wallMs: () => Date.now() };
const { changes, recovery } = await Changes.open({
  folder: folder + '/journal', settings: JSON.parse(settings), covered, base, clock, journal: { writer: 'thread' },
});
if (recovery.damage.length > 0) throw new Error(JSON.stringify(recovery.damage));
const pause = new Int32Array(new SharedArrayBuffer(4));
function tell(fact) {
  const line = JSON.stringify(fact) + '\\n';
  for (;;) {
    try {
      return writeSync(1, line);
    } catch (error) {
      // Whoever listens is behind: what is not said could not be held against the journal.
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}
let count = 0;
async function write(writer) {
  for (;;) {
    const id = 'doc ' + writer + ' ' + (count % 20);
    const label = count % 7 === 6 ? null : 'round ' + round + ' change ' + count;
    const text = label === null ? null : label + ' '.repeat(count * 37 % 3000);
    count += 1;
    const document = { id, title: '', html: null, text, url: '', dateMs: null, modifiedMs: null, author: null, categories: [], tags: [], type: 'post', lang: null };
    const operation = text === null ? { kind: 'delete', id } : { kind: 'put', document };
    tell({ asked: id, label });
    const outcome = await changes.apply({ ...operation, ifVersion: null, key: null });
    if ('version' in outcome) tell({ done: id, label, version: outcome.version });
    else if (outcome.kind !== 'missing') throw new Error(JSON.stringify(outcome));
  }
}
async function merge() {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    const sealed = await changes.seal();
    const next = new Map(documents);
    for (const { id, version, document } of sealed.changes) {
      if (document === null) next.delete(id);
      else next.set(id, { version, document: JSON.parse(Buffer.from(document)) });
    }
    replaceFile(machineDisk, file, Buffer.from(JSON.stringify({ documents: [...next], covered: sealed.coverage })));
    documents = next;
    changes.merged(sealed.upTo);
    await changes.removeJournal(sealed.upTo);
  }
}
for (let writer = 0; writer < Number(writers); writer++) write(writer);
merge();
`;

interface Ledger {
  /** The last that was acknowledged of each document. */
  readonly done: Map<string, { label: string | null; version: number }>;
  /** Labels that were asked for since. */
  readonly asked: Map<string, (string | null)[]>;
}

/** Kills the writer when it has acknowledged so many. @returns what it said at the end, if it was not killed */
async function writeUntilKilled(
  folder: string,
  round: number,
  killAfter: number,
  { done, asked }: Ledger,
): Promise<string> {
  const words = [changesModule, diskModule, folder, JSON.stringify(SETTINGS), String(WRITERS), String(round)];
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, '--', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
  });
  let acknowledged = 0;
  for await (const line of createInterface(child.stdout)) {
    // The last line may be cut by the kill.
    if (!line.endsWith('}')) continue;
    const fact = JSON.parse(line) as { asked?: string; done?: string; label: string | null; version: number };
    if (fact.asked !== undefined) asked.set(fact.asked, [...(asked.get(fact.asked) ?? []), fact.label]);
    if (fact.done === undefined) continue;
    done.set(fact.done, fact);
    const later = asked.get(fact.done)!;
    asked.set(fact.done, later.slice(later.indexOf(fact.label) + 1));
    acknowledged += 1;
    if (acknowledged === killAfter) child.kill('SIGKILL');
  }
  await ended;
  return complaint;
}

/** Opens what the killed process left, and compares it with what it had acknowledged. */
async function check(
  folder: string,
  { done, asked }: Ledger,
): Promise<{ faults: string[]; torn: boolean; openedMs: number }> {
  const base = new MapBase();
  const file = join(folder, 'GENERATION');
  if (existsSync(file)) {
    const { documents, covered } = JSON.parse(readFileSync(file, 'utf8')) as {
      documents: [string, { version: number; document: SourcePost }][];
      covered: MapBase['covered'];
    };
    for (const [id, found] of documents) base.documents.set(id, found);
    base.covered = covered;
  }
  const startMs = performance.now();
  const { changes, recovery } = await Changes.open({
    folder: join(folder, 'journal'),
    settings: SETTINGS,
    covered: base.covered,
    base,
    clock: systemClock,
    journal: { writer: 'inline' },
  });
  const openedMs = performance.now() - startMs;
  const faults = recovery.damage.map((damage) => JSON.stringify(damage));
  for (const [id, { label, version }] of done) {
    const changed = changes.get(id);
    const kept = base.documents.get(id);
    const text = changed === undefined ? kept?.document.text : changed.document && read(changed.document).text;
    const found = text?.trimEnd() ?? null;
    const allowed = [label, ...(asked.get(id) ?? [])];
    const foundVersion = changed?.version ?? kept?.version ?? Infinity;
    if (!allowed.includes(found) || foundVersion < version)
      faults.push(`${id} of ${version}: ${found} of ${foundVersion}`);
    // From now on that is what is there.
    done.set(id, { label: found, version: found === null ? version : foundVersion });
  }
  asked.clear();
  await changes.close();
  return { faults, torn: recovery.torn !== null, openedMs };
}

it.runIf(built)(
  `no acknowledged change is lost in ${ROUNDS} kills, and every start is clean (seed ${SEED})`,
  async () => {
    const folder = scratchFolder();
    const ledger: Ledger = { done: new Map(), asked: new Map() };
    let state = SEED;
    let torn = 0;
    let acknowledged = 0;
    const openedMs: number[] = [];
    const machine = machineFacts();
    for (let round = 0; round < ROUNDS; round++) {
      // Numerical Recipes' generator.
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const killAfter = 20 + (state % 300);
      const complaint = await writeUntilKilled(folder, round, killAfter, ledger);
      expect(complaint, `round ${round}`).toBe('');
      const found = await check(folder, ledger);
      expect(found.faults, `round ${round}`).toEqual([]);
      if (found.torn) torn += 1;
      acknowledged += killAfter;
      openedMs.push(found.openedMs);
      if ((round + 1) % TELL_EVERY === 0) process.stdout.write(`${round + 1} of ${ROUNDS} kills, nothing lost\n`);
    }
    expect(ledger.done.size).toBeGreaterThan(20);
    openedMs.sort((a, b) => a - b);
    const verdict = {
      ...{ kills: ROUNDS, seed: SEED, writers: WRITERS, acknowledgedAtLeast: acknowledged, lost: 0, tornFrames: torn },
      openedMs: { median: median(openedMs), p99: percentile(openedMs, 0.99), max: openedMs.at(-1)! },
      machine,
    };
    const { median: middle, p99, max } = verdict.openedMs;
    process.stdout.write(
      `${ROUNDS} kills, at least ${acknowledged} acknowledged changes, none lost, ${torn} torn frames; opened in ms: median ${middle.toFixed(1)}, p99 ${p99.toFixed(1)}, max ${max.toFixed(1)}\n`,
    );
    const report = process.env['KILL_REPORT'];
    if (report !== undefined) writeFileSync(report, `${JSON.stringify(verdict, null, 1)}\n`);
  },
  120_000 + ROUNDS * 5000,
);
