/** Does the outbox keep what it was given, no more of it than it may, and only what still needs to be said? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEVERITIES } from '../../../ops/incident-type.ts';
import { NOTICE_STATES } from '../../../ops/notify/notice.ts';
import { Outbox } from '../../../ops/notify/outbox/outbox.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { anyNotice, noticeWith } from './notices.ts';

const FILE = 'notify/outbox.log';
const open = (disk = new SimulatedDisk(), waitingMax = 1000, deadLettersMax = 200): Outbox =>
  new Outbox({ disk, folder: 'notify', waitingMax, deadLettersMax });

const shown = (outbox: Outbox): string[] =>
  outbox.entries.map(({ channel, notice }) => `${channel} ${notice.incidentId} ${notice.state}`).sort();

const parcel = (
  key: string,
  channel: string,
  incidentId: string,
  state = NOTICE_STATES[0] as (typeof NOTICE_STATES)[number],
) => ({
  key,
  channel,
  notice: noticeWith({ incidentId, state }),
});

describe('what waits', () => {
  it('is for each channel the newest of each incident, in the order of its coming, after any number of restarts', () => {
    const put = fc.record({
      channel: fc.constantFrom('a', 'b'),
      incident: fc.constantFrom('1', '2', '3'),
      state: fc.constantFrom(...NOTICE_STATES),
    });
    const act = fc.oneof(
      { weight: 4, arbitrary: put.map((one) => ({ kind: 'put' as const, ...one })) },
      { weight: 2, arbitrary: fc.nat().map((which) => ({ kind: 'delivered' as const, which })) },
      { weight: 1, arbitrary: fc.nat().map((which) => ({ kind: 'giveUp' as const, which })) },
      { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const disk = new SimulatedDisk();
        let outbox = open(disk);
        const model = new Map<string, string>();
        const dead: string[] = [];
        for (const [at, one] of acts.entries()) {
          if (one.kind === 'put') {
            outbox.commit([parcel(`k${at}`, one.channel, one.incident, one.state)], at, at);
            model.delete(`${one.channel} ${one.incident}`);
            model.set(`${one.channel} ${one.incident}`, one.state);
          } else if (one.kind === 'restart') outbox = open(disk);
          else if (outbox.size > 0) {
            const entry = outbox.entries[one.which % outbox.size]!;
            model.delete(`${entry.channel} ${entry.notice.incidentId}`);
            if (one.kind === 'delivered') outbox.delivered(entry);
            else {
              outbox.giveUp(entry, 'no', at);
              dead.push(entry.key);
            }
          }
          expect(
            outbox.entries.map(({ channel, notice }) => `${channel} ${notice.incidentId} ${notice.state}`),
          ).toEqual([...model].map(([of, state]) => `${of} ${state}`));
          expect(outbox.deadLetters.map(({ key }) => key)).toEqual(dead);
          expect(outbox.fault).toBeNull();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is the same after a restart, whatever the notices say', () => {
    fc.assert(
      fc.property(fc.array(anyNotice, { maxLength: 3 }), fc.jsonValue(), (notices, memo) => {
        const disk = new SimulatedDisk();
        const outbox = open(disk);
        outbox.commit(
          notices.map((notice, at) => ({ key: String(at), channel: 'a', notice })),
          memo,
          0,
        );
        const again = open(disk);
        const plain = (entries: unknown): unknown => JSON.parse(JSON.stringify(entries));
        expect(plain(again.entries)).toEqual(plain(outbox.entries));
        expect(again.memo).toEqual(plain(memo));
        expect(again.damaged).toBe(0);
      }),
      { numRuns: 8 },
    );
  });

  it('is put once for each key, also when it was delivered and after a restart', () => {
    const disk = new SimulatedDisk();
    const first = open(disk);
    first.commit([parcel('k', 'a', '1')], null, 0);
    first.delivered(first.entries[0]!);
    first.commit([parcel('k', 'a', '1')], null, 0);
    expect(first.size).toBe(0);
    const second = open(disk);
    second.commit([parcel('k', 'a', '1'), parcel('l', 'a', '1')], null, 0);
    expect(shown(second)).toEqual(['a 1 opened']);
    expect(second.entries[0]!.key).toBe('l');
  });
});

describe('bounds', () => {
  it('beyond those that may wait the least severe and oldest are given up, with the reason', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...SEVERITIES), { minLength: 1, maxLength: 30 }), (severities) => {
        const outbox = open(new SimulatedDisk(), 10);
        for (const [at, severity] of severities.entries())
          outbox.commit(
            [{ key: String(at), channel: 'a', notice: noticeWith({ incidentId: String(at), severity }) }],
            null,
            at,
          );
        expect(outbox.size).toBe(Math.min(10, severities.length));
        const kept = outbox.entries.map(({ notice }) => SEVERITIES.indexOf(notice.severity));
        const given = outbox.deadLetters.map(({ notice }) => SEVERITIES.indexOf(notice.severity));
        if (given.length > 0) expect(Math.min(...given)).toBeGreaterThanOrEqual(Math.max(...kept));
        for (const { reason } of outbox.deadLetters) expect(reason).toBe('More than 10 waited');
      }),
      { numRuns: 50 },
    );
  });

  it('of dead letters the newest are kept, and each can be tried again unless something newer waits', () => {
    const outbox = open(new SimulatedDisk(), 1000, 2);
    outbox.commit([parcel('1', 'a', '1'), parcel('2', 'a', '2'), parcel('3', 'a', '3')], null, 0);
    for (const entry of outbox.entries) outbox.giveUp(entry, '404', 1);
    expect(outbox.deadLetters.map(({ key, reason }) => `${key} ${reason}`)).toEqual(['2 404', '3 404']);
    outbox.commit([parcel('4', 'a', '3', 'resolved')], null, 2);
    for (const { seq } of outbox.deadLetters) expect(outbox.redeliver(seq, 3)).toBe(true);
    expect(shown(outbox)).toEqual(['a 2 opened', 'a 3 resolved']);
    expect(outbox.deadLetters).toEqual([]);
    expect(outbox.redeliver(999, 3)).toBe(false);
  });

  it('the file is written anew before it grows without end', () => {
    const disk = new SimulatedDisk();
    const outbox = open(disk);
    let largest = 0;
    for (let at = 0; at < 250; at++) {
      outbox.commit([parcel(`k${at}`, 'a', String(at))], { at, padding: 'x'.repeat(5000) }, at);
      outbox.delivered(outbox.entries[0]!);
      largest = Math.max(largest, disk.look(FILE)!.bytes);
    }
    expect(largest).toBeLessThan(300 * 1024);
    expect(open(disk).memo).toMatchObject({ at: 249 });
  });
});

describe('a disk', () => {
  it('that refuses keeps nothing from being delivered, and all is on it when it takes something again', () => {
    for (const code of ['ENOSPC', 'EIO']) {
      for (let at = 0; at < 30; at++) {
        const inner = new SimulatedDisk();
        const fails = (method: string): boolean =>
          ['write', 'sync', 'open', 'rename', 'makeFolder', 'syncFolder'].includes(method);
        const { disk, refused } = failingDisk(inner, { code, at, lasting: false, fails });
        const outbox = new Outbox({ disk, folder: 'notify', waitingMax: 1000, deadLettersMax: 200 });
        for (const key of ['1', '2', '3']) {
          outbox.commit([parcel(key, 'a', key)], key, 0);
          if (outbox.fault !== null) expect(outbox.fault).toContain(code);
          expect(outbox.entries.at(-1)!.key).toBe(key);
        }
        outbox.commit([], 'last', 0);
        if (refused() === null) break;
        // Whatever was refused, the next one makes up for it.
        if (outbox.fault !== null) outbox.commit([], 'last', 0);
        expect(outbox.fault).toBeNull();
        const again = open(inner);
        expect(shown(again)).toEqual(['a 1 opened', 'a 2 opened', 'a 3 opened']);
        expect(again.memo).toBe('last');
        expect(again.damaged).toBe(0);
      }
    }
  });

  it('that flips a bit costs one line, and that is told', () => {
    const disk = new SimulatedDisk();
    const outbox = open(disk);
    for (const key of ['1', '2', '3']) outbox.commit([parcel(key, 'a', key)], null, 0);
    const whole = disk.read(FILE);
    const newlines = [...whole.keys()].filter((at) => whole[at] === 0x0a);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
        const bytes = Uint8Array.from(whole);
        bytes[at]! ^= 1 << bit;
        const damagedDisk = new SimulatedDisk();
        damagedDisk.makeFolder('notify');
        damagedDisk.open(FILE, 'create').write(bytes);
        const found = open(damagedDisk);
        const isLast = at > newlines.at(-2)!;
        const isEnd = newlines.includes(at) && !isLast;
        // A line whose end is gone takes the next one with it.
        expect(found.size).toBeGreaterThanOrEqual(isEnd ? 1 : 2);
        if (!isLast && found.size < 3) expect(found.damaged).toBeGreaterThan(0);
      }),
      { numRuns: 100 },
    );
  });
});
