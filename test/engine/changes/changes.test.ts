/** Documents are put, patched and deleted: what comes of each, and what is there afterwards? */
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { abandoned } from '../journal/journals.ts';
import { handClock, living, MapBase, openSite, patch, put, read, remove } from './sites.ts';

describe('one document', () => {
  it('is created, updated, patched and deleted, with a version that only rises', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    expect(await changes.apply(put('a', 'one'))).toEqual({ kind: 'created', version: 1, replayed: false });
    expect(await changes.apply(put('a', 'two'))).toEqual({ kind: 'updated', version: 2, replayed: false });
    expect(await changes.apply(patch('a', { title: 'New' }))).toEqual({ kind: 'updated', version: 3, replayed: false });
    expect(read(changes.get('a')!.document!)).toMatchObject({ title: 'New', text: 'two' });
    expect(await changes.apply(remove('a'))).toEqual({ kind: 'deleted', version: 4, replayed: false });
    expect(changes.get('a')).toEqual({ id: 'a', version: 4, document: null });
    expect(await changes.apply(remove('a'))).toEqual({ kind: 'missing' });
    expect(await changes.apply(patch('a', { title: 'New' }))).toEqual({ kind: 'missing' });
    expect(await changes.apply(put('a', 'three'))).toEqual({ kind: 'created', version: 5, replayed: false });
    expect(changes.get('b')).toBeUndefined();
  });

  it('changes only where the condition on its version holds', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    expect(await changes.apply(put('a', 'x', { ifVersion: 'present' }))).toEqual({ kind: 'conflict', version: null });
    expect(await changes.apply(put('a', 'x', { ifVersion: 'absent' }))).toMatchObject({ kind: 'created' });
    expect(await changes.apply(put('a', 'y', { ifVersion: 'absent' }))).toEqual({ kind: 'conflict', version: 1 });
    expect(await changes.apply(put('a', 'y', { ifVersion: 1 }))).toMatchObject({ kind: 'updated', version: 2 });
    expect(await changes.apply(remove('a', { ifVersion: 1 }))).toEqual({ kind: 'conflict', version: 2 });
    expect(await changes.apply(patch('a', { text: 'z' }, { ifVersion: 2 }))).toMatchObject({ version: 3 });
    expect(await changes.apply(remove('a', { ifVersion: 'present' }))).toMatchObject({ kind: 'deleted' });
    expect(await changes.apply(remove('a', { ifVersion: 4 }))).toEqual({ kind: 'conflict', version: null });
  });

  it('of several who would change the same version exactly one does', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    await changes.apply(put('a', 'x'));
    const outcomes = await Promise.all([1, 2, 3, 4].map((who) => changes.apply(put('a', `${who}`, { ifVersion: 1 }))));
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['conflict', 'conflict', 'conflict', 'updated']);
  });

  it('of the generation is patched as it is there, and keeps its id and its html unless a text replaces it', async () => {
    const base = new MapBase();
    const { changes } = await openSite(new SimulatedDisk(), { base });
    await changes.apply(put('a', 'x'));
    await changes.apply(patch('a', { html: '<p>x</p>' }));
    await base.merge(changes);
    changes.merged(2);
    expect(changes.get('a')).toBeUndefined();
    expect(await changes.apply(patch('a', { title: 'T' }, { ifVersion: 2 }))).toMatchObject({ kind: 'updated' });
    expect(read(changes.get('a')!.document!)).toMatchObject({ id: 'a', title: 'T', html: '<p>x</p>' });
    await changes.apply(patch('a', { text: 'y' }));
    expect(read(changes.get('a')!.document!)).toMatchObject({ text: 'y', html: null });
  });

  it('without any text, of too many bytes or under an impossible name is refused', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    await changes.apply(put('a', 'x'));
    for (const operation of [
      patch('a', { text: null }),
      put('b', 'x'.repeat(20_000)),
      put('', 'x'),
      put('b', 'x', { key: '' }),
      remove('x'.repeat(513)),
    ]) {
      expect(await changes.apply(operation)).toMatchObject({
        kind: 'invalid',
        detail: expect.stringMatching(/^Expected/),
      });
    }
    expect(changes.status).toMatchObject({ documents: 1, durableSequence: 1 });
  });
});

describe('many at once', () => {
  it('are done in their order with one frame, each with its own outcome', async () => {
    const disk = new SimulatedDisk();
    const { changes } = await openSite(disk);
    const before = changes.status.durableSequence;
    const seen: number[] = [];
    changes.onDurable((upTo) => seen.push(upTo));
    const outcomes = await changes.applyAll([
      put('a', 'x'),
      patch('a', { title: 'T' }, { ifVersion: 1 }),
      remove('b'),
      put('b', 'y'),
      remove('b', { ifVersion: 7 }),
      remove('b'),
    ]);
    expect(outcomes).toEqual([
      { kind: 'created', version: 1, replayed: false },
      { kind: 'updated', version: 2, replayed: false },
      { kind: 'missing' },
      { kind: 'created', version: 3, replayed: false },
      { kind: 'conflict', version: 3 },
      { kind: 'deleted', version: 4, replayed: false },
    ]);
    expect([before, ...seen]).toEqual([0, 4]);
    expect(await changes.applyAll([])).toEqual([]);
  });
});

describe('a key', () => {
  it('asked again has the same outcome and does nothing; with other content it is refused', async () => {
    const clock = handClock();
    const { changes } = await openSite(new SimulatedDisk(), { clock });
    const asked = put('a', 'x', { key: 'k' });
    expect(await changes.apply(asked)).toEqual({ kind: 'created', version: 1, replayed: false });
    expect(await changes.apply(asked)).toEqual({ kind: 'created', version: 1, replayed: true });
    expect(await changes.apply(put('a', 'y', { key: 'k' }))).toEqual({ kind: 'keyReused' });
    expect(await changes.apply(put('a', 'x', { key: 'k', ifVersion: 1 }))).toEqual({ kind: 'keyReused' });
    clock.wall += 1001;
    expect(await changes.apply(asked)).toEqual({ kind: 'updated', version: 2, replayed: false });
  });

  it('asked while the first is on its way waits for it, and both have one outcome', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    const outcomes = await Promise.all([1, 2, 3].map(() => changes.apply(put('a', 'x', { key: 'k' }))));
    expect(outcomes).toEqual([false, true, true].map((replayed) => ({ kind: 'created', version: 1, replayed })));
  });

  it('of something that changed nothing is not remembered', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    expect(await changes.apply(remove('a', { key: 'k' }))).toEqual({ kind: 'missing' });
    expect(await changes.apply(put('a', 'x', { key: 'k' }))).toMatchObject({ kind: 'created' });
  });

  it('survives a crash, a merge and the removal of the files that told of it; the oldest make room', async () => {
    const disk = new SimulatedDisk();
    const base = new MapBase();
    const settings = { keysMax: 3 };
    const first = await openSite(disk, { base, settings });
    for (const id of ['a', 'b', 'c', 'd']) await first.changes.apply(put(id, 'x', { key: `of ${id}` }));
    expect(first.changes.status.keys).toBe(3);
    await base.merge(first.changes);
    first.changes.merged(4);
    await first.changes.removeJournal(4);
    expect(first.changes.status.journal.segments).toBe(1);
    const { changes } = await openSite(abandoned(disk), { base, settings });
    expect(changes.status.keys).toBe(3);
    expect(await changes.apply(put('d', 'x', { key: 'of d' }))).toEqual({
      kind: 'created',
      version: 4,
      replayed: true,
    });
    expect(await changes.apply(put('a', 'x', { key: 'of a' }))).toMatchObject({ kind: 'updated', replayed: false });
  });
});

describe('what is bounded', () => {
  it('refuses what is too much until a merge has made room; what is there may shrink', async () => {
    const base = new MapBase();
    const { changes } = await openSite(new SimulatedDisk(), { base, settings: { documentsMax: 2, bytesMax: 3000 } });
    await changes.applyAll([put('a', 'x'), put('b', 'x'.repeat(1900))]);
    expect(await changes.apply(put('c', 'x'))).toEqual({ kind: 'full', bound: 'documentsMax', limit: 2 });
    expect(await changes.apply(put('a', 'x'.repeat(900)))).toEqual({ kind: 'full', bound: 'bytesMax', limit: 3000 });
    expect(await changes.apply(remove('b'))).toMatchObject({ kind: 'deleted' });
    expect(await changes.apply(put('a', 'x'.repeat(900)))).toMatchObject({ kind: 'updated' });
    await base.merge(changes);
    changes.merged(base.covered!.sequence);
    expect(changes.status).toMatchObject({ documents: 0, bytes: 0 });
    expect(await changes.apply(put('c', 'x'))).toMatchObject({ kind: 'created' });
  });
});

describe('a worker and a merge', () => {
  it('are told what changed since, each document once and as it is now', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    for (let round = 0; round < 30; round++) await changes.apply(put(`${round % 3}`, `${round}`));
    await changes.apply(remove('1'));
    const told = changes.since(29);
    expect(told.upTo).toBe(31);
    expect(told.changes.map(({ id, version }) => [id, version])).toEqual([
      ['2', 30],
      ['1', 31],
    ]);
    expect(told.changes[1]!.document).toBeNull();
    expect(changes.since(31).changes).toEqual([]);
    expect(changes.since(0).changes).toHaveLength(3);
  });

  it('a merge takes what is sealed; what changes meanwhile stays, and older sequences are not answered any more', async () => {
    const base = new MapBase();
    const { changes } = await openSite(new SimulatedDisk(), { base });
    await changes.applyAll([put('a', '1'), put('b', '1'), put('c', '1')]);
    await base.merge(changes);
    await changes.applyAll([put('b', '2'), remove('c')]);
    changes.merged(3);
    expect(changes.since(3).changes.map(({ id }) => id)).toEqual(['b', 'c']);
    expect(() => changes.since(2)).toThrow(RangeError);
    expect([...living(changes, base)]).toEqual([
      ['a', { version: 1, text: '1' }],
      ['b', { version: 4, text: '2' }],
    ]);
    // It is in the generation, so its version is known there.
    expect(await changes.apply(put('a', '2', { ifVersion: 1 }))).toMatchObject({ kind: 'updated' });
  });
});

/** Its first answer about this id is what was there when it was asked, and comes when it is let go. */
class SlowBase extends MapBase {
  letGo = (): void => {};
  readonly #slow: string;
  #asked = false;

  constructor(slow: string) {
    super();
    this.#slow = slow;
  }

  override async version(id: string): Promise<number | null> {
    const version = await super.version(id);
    if (id !== this.#slow || this.#asked) return version;
    this.#asked = true;
    await new Promise<void>((resolve) => {
      this.letGo = resolve;
    });
    return version;
  }
}

describe('while the base is asked', () => {
  it('a document that is made and merged meanwhile is not made again: the base is asked once more', async () => {
    const base = new SlowBase('a');
    const { changes } = await openSite(new SimulatedDisk(), { base });
    const slow = changes.apply(put('a', 'slow', { ifVersion: 'absent' }));
    await changes.apply(put('a', 'quick'));
    await base.merge(changes);
    changes.merged(1);
    base.letGo();
    expect(await slow).toEqual({ kind: 'conflict', version: 1 });
  });

  it('a change that the disk refuses meanwhile leaves the last word to the base', async () => {
    const base = new SlowBase('b');
    const inner = new SimulatedDisk();
    let failing = false;
    const fails = (method: string): boolean => failing && method === 'sync';
    const { disk } = failingDisk(inner, { code: 'EIO', at: 0, lasting: true, fails });
    const { changes } = await openSite(disk, { base });
    failing = true;
    const refused = changes.apply(put('a', 'refused'));
    // It is on its way when the others are asked for, and taken back before they are decided.
    for (let turn = 0; turn < 100 && changes.status.documents === 0; turn++) await Promise.resolve();
    expect(changes.status.documents).toBe(1);
    const later = changes.applyAll([put('b', 'x'), put('a', 'x')]);
    expect(await refused).toMatchObject({ kind: 'refused' });
    failing = false;
    base.letGo();
    expect((await later).map(({ kind }) => kind)).toEqual(['created', 'created']);
  });
});

describe('a disk that refuses', () => {
  it('leaves what was durable, takes back all that was on its way, and answers with the reason', async () => {
    const inner = new SimulatedDisk();
    let full = false;
    const { disk } = failingDisk(inner, {
      code: 'ENOSPC',
      at: 0,
      lasting: true,
      fails: (method) => full && ['open', 'write', 'sync'].includes(method),
    });
    const { changes } = await openSite(disk);
    await changes.apply(put('a', 'x', { key: 'k' }));
    full = true;
    const outcomes = await Promise.all([
      changes.apply(put('a', 'y')),
      changes.apply(put('a', 'z', { ifVersion: 1 })),
      changes.apply(put('b', 'y', { key: 'l' })),
      changes.apply(put('b', 'y', { key: 'l' })),
      changes.apply(remove('nowhere')),
    ]);
    for (const outcome of outcomes.slice(0, 4))
      expect(outcome).toMatchObject({
        kind: 'refused',
        error: { code: 'index_unwritable', place: { value: 'ENOSPC' } },
      });
    expect(outcomes[4]).toEqual({ kind: 'missing' });
    expect(await changes.apply(put('a', 'x', { key: 'k' }))).toMatchObject({ replayed: true });
    expect(changes.status).toMatchObject({ documents: 1, keys: 1, durableSequence: 1 });
    expect(read(changes.get('a')!.document!).text).toBe('x');
    await expect(changes.seal()).rejects.toBeInstanceOf(EngineError);
    full = false;
    expect(await changes.apply(put('b', 'y', { key: 'l' }))).toEqual({ kind: 'created', version: 2, replayed: false });
    const again = await openSite(abandoned(inner));
    expect([...living(again.changes, new MapBase())].map(([id, { text }]) => [id, text])).toEqual([
      ['a', 'x'],
      ['b', 'y'],
    ]);
  });

  it('is not asked any more once it was closed', async () => {
    const { changes } = await openSite(new SimulatedDisk());
    await changes.apply(put('a', 'x'));
    await changes.close();
    await changes.close();
    await expect(changes.apply(put('b', 'x'))).rejects.toMatchObject({ code: 'draining' });
  });
});
