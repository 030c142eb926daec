/** Nothing can be done to the log that it does not show, and what was told to be durable is in it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AuditAct, AuditLog, type Head, readAuditFiles, verifyAudit } from '../../../ops/audit/index.ts';
import { crashStates } from '../../support/disk/crash-states.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { treeOf } from '../../support/disk/tree.ts';

const PATH = 'logs/audit.jsonl';
const settings = { path: PATH, fileBytesMax: 1_000_000, filesKept: 3, wallMs: () => Date.UTC(2026, 0, 5) };
const act = (action: string, parameters: AuditAct['parameters'] = {}): AuditAct => ({
  actor: 'wpc_0123456789ab',
  address: '10.0.0.7',
  action,
  parameters,
  outcome: 'done',
  code: '',
});

async function logOf(lines: number): Promise<{ disk: SimulatedDisk; head: Head; bytes: Buffer }> {
  const disk = new SimulatedDisk();
  const log = await AuditLog.open(disk, settings);
  for (let n = 1; n <= lines; n++) expect(await log.append(act('cache.clear', { n }))).toBe(true);
  await log.close();
  return { disk, head: log.head, bytes: Buffer.from(disk.read(PATH)) };
}

const verdictOf = (bytes: Uint8Array, anchor: Head | null = null) =>
  verifyAudit([{ name: 'audit.jsonl', bytes }], anchor);

describe('what was done to it', () => {
  it('a log that nobody touched is sound, and its head is what the log said', async () => {
    const { bytes, head } = await logOf(5);
    expect(verdictOf(bytes, head)).toEqual({ fault: null, lines: 5, firstSeq: 1, head, anchored: true });
    expect(verdictOf(new Uint8Array(0))).toMatchObject({ fault: null, lines: 0, anchored: null });
  });

  it('every single bit that is turned over is told, at the line it is in', async () => {
    const { bytes } = await logOf(2);
    const lineAt = (at: number): number => bytes.subarray(0, at).filter((byte) => byte === 10).length + 1;
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const bent = Buffer.from(bytes);
      bent[bit >> 3]! ^= 1 << (bit & 7);
      const { fault } = verdictOf(bent);
      expect(fault, `bit ${bit}`).not.toBeNull();
      expect([fault!.line, fault!.seq], `bit ${bit}`).toEqual([lineAt(bit >> 3), lineAt(bit >> 3)]);
    }
  });

  const lines = async (): Promise<string[]> => (await logOf(5)).bytes.toString().trimEnd().split('\n');
  const joined = (all: readonly string[]): Buffer => Buffer.from(`${all.join('\n')}\n`);

  it('a line that is gone, moved, or there twice', async () => {
    const all = await lines();
    expect(verdictOf(joined(all.toSpliced(2, 1))).fault).toMatchObject({ seq: 3, line: 3, why: 'removed' });
    expect(verdictOf(joined(all.with(1, all[2]!).with(2, all[1]!))).fault).toMatchObject({
      seq: 2,
      line: 2,
      why: 'removed',
    });
    expect(verdictOf(joined(all.toSpliced(3, 0, all[1]!))).fault).toMatchObject({ seq: 2, line: 4, why: 'inserted' });
  });

  it('a line of another log, sound by itself', async () => {
    const disk = new SimulatedDisk();
    const other = await AuditLog.open(disk, settings);
    for (let n = 1; n <= 5; n++) await other.append(act('rate_limit.adjust', { n }));
    const forged = Buffer.from(disk.read(PATH)).toString().split('\n')[2]!;
    expect(verdictOf(joined((await lines()).with(2, forged))).fault).toMatchObject({ why: 'edited' });
  });

  it('an end that is cut off shows against a head that was noted elsewhere, and a chain made anew does, too', async () => {
    const { bytes, head } = await logOf(5);
    const cut = joined(bytes.toString().trimEnd().split('\n').slice(0, 3));
    expect(verdictOf(cut).fault).toBeNull();
    expect(verdictOf(cut, head).fault).toMatchObject({ seq: 4, why: 'truncated' });
    expect(verdictOf(new Uint8Array(0), head).fault).toMatchObject({ seq: 1, why: 'truncated' });
    const anew = await AuditLog.open(new SimulatedDisk(), settings);
    for (let n = 1; n <= 5; n++) await anew.append(act('nothing', { n }));
    expect(verdictOf(bytes, anew.head).fault).toMatchObject({ seq: 5, why: 'edited' });
  });

  it('a line that is cut in its middle', async () => {
    const { bytes } = await logOf(3);
    expect(verdictOf(bytes.subarray(0, -10)).fault).toMatchObject({ seq: 3, why: 'torn' });
  });
});

describe('what is kept of it', () => {
  it('goes on in the next process and over rotated files, of which the oldest go', async () => {
    const disk = new SimulatedDisk();
    const small = { ...settings, fileBytesMax: 2000, filesKept: 2 };
    let head: Head = { seq: 0, hash: '' };
    let early: Head | null = null;
    for (let process = 0; process < 4; process++) {
      const log = await AuditLog.open(disk, small);
      await Promise.all(Array.from({ length: 10 }, (_, n) => log.append(act('cache.clear', { n }))));
      await log.close();
      head = log.head;
      early ??= head;
    }
    const files = await readAuditFiles(disk, PATH);
    expect(files).toHaveLength(3);
    const verdict = verifyAudit(files, head);
    expect(verdict).toMatchObject({ fault: null, head: { seq: 40 }, anchored: true });
    expect(verdict.firstSeq).toBeGreaterThan(10);
    expect(verifyAudit(files.slice(1)).fault).toBeNull();
    expect(verifyAudit(files.toSpliced(1, 1)).fault).toMatchObject({ why: 'removed' });
    // It is older than what is kept.
    expect(verifyAudit(files, early)).toMatchObject({ fault: null, anchored: false });
  });

  it('after any crash, also while files are rotated, every act that was told is there and the chain is whole', async () => {
    const small = { ...settings, fileBytesMax: 700, filesKept: 5 };
    const states = await crashStates(treeOf({ 'logs/': '' }), async (disk, tell) => {
      const log = await AuditLog.open(disk, small);
      for (let n = 1; n <= 5; n++) if (await log.append(act(`act.${n}`))) tell(`act.${n}`);
      await log.close();
    });
    expect(states.length).toBeGreaterThan(20);
    for (const { tree, told } of states) {
      const disk = new SimulatedDisk(tree);
      const log = await AuditLog.open(disk, small);
      await log.append(act('after'));
      const files = await readAuditFiles(disk, PATH);
      expect(verifyAudit(files, log.head).fault).toBeNull();
      const text = files.map(({ bytes }) => Buffer.from(bytes).toString()).join('');
      for (const fact of told) expect(text).toContain(`"action":"${fact}"`);
    }
  });

  it('a disk that refuses costs no line, and the act is told that its line is not durable', async () => {
    const inner = new SimulatedDisk();
    let full = false;
    const { disk } = failingDisk(inner, {
      code: 'ENOSPC',
      at: 0,
      lasting: true,
      fails: (method) => full && method === 'write',
    });
    const log = await AuditLog.open(disk, settings);
    expect(await log.append(act('one'))).toBe(true);
    full = true;
    expect(await log.append(act('two'))).toBe(false);
    expect(log.head.seq).toBe(1);
    full = false;
    expect(await log.append(act('three'))).toBe(true);
    expect(verdictOf(inner.read(PATH), log.head)).toMatchObject({ fault: null, lines: 3 });
  });

  it('says of itself what the process before it left damaged', async () => {
    const { disk, bytes } = await logOf(3);
    const output = disk.open(PATH, 'create');
    output.write(bytes.subarray(0, -5));
    const log = await AuditLog.open(disk, settings);
    const text = Buffer.from(disk.read(PATH)).toString();
    expect(text).toContain('"action":"audit.recovered"');
    expect(verdictOf(disk.read(PATH), log.head)).toMatchObject({ fault: null, lines: 3 });
    await log.close();
    const edited = disk.open(PATH, 'create');
    edited.write(Buffer.from(bytes.toString().replace('"n":2', '"n":9')));
    await AuditLog.open(disk, settings);
    expect(Buffer.from(disk.read(PATH)).toString()).toContain('"action":"audit.damaged"');
  });
});

describe('what is written', () => {
  it('stays sound whatever the parameters are', async () => {
    const odd = [
      { ['__proto__']: { a: 1 } },
      JSON.parse('{"__proto__":{"a":1},"b":-0,"c":1e21}') as object,
      { a: 2n, f: () => 1, s: Symbol('x') },
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.object(), fc.constantFrom(...odd)),
        fc.string({ unit: 'binary' }),
        async (parameters, text) => {
          const disk = new SimulatedDisk();
          const log = await AuditLog.open(disk, settings);
          await log.append({ ...act(text), actor: text, parameters: { ...parameters, [text]: text } });
          await log.append(act('next'));
          expect(verdictOf(disk.read(PATH), log.head)).toMatchObject({ fault: null, lines: 2 });
        },
      ),
      { numRuns: 150 },
    );
  });

  it('no secret, wherever it stands, and nothing without end', async () => {
    const disk = new SimulatedDisk();
    const log = await AuditLog.open(disk, settings);
    const secret = 'hunter2hunter2';
    await log.append(
      act('config.set', {
        apiKey: secret,
        nested: [{ password: secret, url: `https://user:${secret}@host/`, header: `Bearer ${secret}` }],
        text: `with wpc_0123456789ab.${secret} in it`,
        keyId: 'wpc_0123456789ab',
        long: 'x'.repeat(10_000),
        many: Array.from({ length: 1000 }, (_, n) => n),
        half: '\ud800',
        nan: Number.NaN,
        ['__proto__x']: { toString: 1 },
      }),
    );
    const bytes = Buffer.from(disk.read(PATH));
    expect(bytes.toString()).not.toContain(secret);
    expect(bytes.toString()).toContain('"keyId":"wpc_0123456789ab"');
    expect(bytes.length).toBeLessThan(3000);
    expect(verdictOf(bytes, log.head).fault).toBeNull();
  });

  it('refusals that are alike are a line and then a number, however many come', async () => {
    const disk = new SimulatedDisk();
    let now = 1_000_000;
    const log = await AuditLog.open(disk, { ...settings, wallMs: () => now });
    const refusal = (address: string) => ({ ...act('cache.clear'), address, actor: '', code: 'unauthorized' });
    for (let n = 0; n < 50_000; n++) log.refused(refusal(`10.0.${(n % 300) >> 8}.${(n % 300) & 255}`));
    log.refused(refusal('192.0.2.1'));
    now += 10_000;
    log.step();
    await log.close();
    const entries = Buffer.from(disk.read(PATH))
      .toString()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { count: number });
    expect(entries.length).toBeLessThan(450);
    expect(entries.reduce((sum, { count }) => sum + count, 0)).toBe(50_001);
    expect(verdictOf(disk.read(PATH), log.head).fault).toBeNull();
  });
});
