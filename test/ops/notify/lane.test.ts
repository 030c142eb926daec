/** Is what waits delivered in order, at the pace that a receiver takes, and not given up too early or too late? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel, Delivery } from '../../../ops/notify/channels/channel.ts';
import type { Notice } from '../../../ops/notify/notice.ts';
import { Lane } from '../../../ops/notify/outbox/lane.ts';
import { Outbox } from '../../../ops/notify/outbox/outbox.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock } from './hand-clock.ts';
import { noticeWith } from './notices.ts';

const LATER: Delivery = { kind: 'later', reason: '503', afterMs: null };
const DELIVERED: Delivery = { kind: 'delivered' };
const HOUR_MS = 3_600_000;

interface Sent {
  readonly atMs: number;
  readonly what: string;
}

/** @param answer what the receiver says to each attempt, numbered from 0 */
function lane(
  answer: (attempt: number, notice: Notice) => Delivery | Promise<Delivery>,
  part: Partial<Channel> = {},
  random = () => 0.999,
  active: Notice[] = [],
) {
  const clock = new HandClock();
  const startMs = clock.wallMs();
  const outbox = new Outbox({ disk: new SimulatedDisk(), folder: 'notify', waitingMax: 1000, deadLettersMax: 100 });
  const sent: Sent[] = [];
  let busy = 0;
  const channel: Channel = {
    name: 'a',
    kind: 'fake',
    severityMin: 'low',
    takesChanges: false,
    paceMs: 100,
    keepAlive: null,
    send: async (notice) => {
      busy += 1;
      expect(busy).toBe(1);
      sent.push({ atMs: clock.wallMs() - startMs, what: `${notice.incidentId} ${notice.state}` });
      const delivery = await answer(sent.length - 1, notice);
      busy -= 1;
      return delivery;
    },
    ...part,
  };
  const made = new Lane(channel, outbox, {
    clock,
    setTimer: clock.setTimer,
    random,
    retryBaseMs: 1000,
    retryCapMs: 60_000,
    giveUpMs: HOUR_MS,
    active: () => active,
  });
  let keys = 0;
  const put = (...notices: Partial<Notice>[]): void => {
    const parcels = notices.map((one) => ({ key: String(keys++), channel: 'a', notice: noticeWith(one) }));
    outbox.commit(parcels, null, clock.wallMs());
    made.kick();
  };
  return { clock, outbox, sent, put, lane: made };
}

describe('attempts', () => {
  it('come after pauses that double up to a cap, drawn from nothing to the whole, until it is given up', async () => {
    const { clock, outbox, sent, put } = lane(() => LATER);
    put({});
    await clock.pass(3 * HOUR_MS);
    const pauses = sent.map(({ atMs }, at) => Math.round((atMs - (sent[at - 1]?.atMs ?? 0)) / 1000));
    expect(pauses.slice(0, 9)).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
    expect(sent.at(-1)!.atMs).toBeGreaterThanOrEqual(HOUR_MS);
    expect(sent.at(-1)!.atMs).toBeLessThan(HOUR_MS + 61_000);
    expect(outbox.deadLetters.map(({ reason }) => reason)).toEqual([`Given up after ${sent.length} attempts: 503`]);
    expect(clock.nextMs).toBeNull();
  });

  it('never come earlier than pauses and pace allow, whatever is drawn', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { minLength: 1, maxLength: 12 }),
        async (draws) => {
          let drawn = 0;
          const { clock, sent, put } = lane(
            (attempt) => (attempt < draws.length ? LATER : DELIVERED),
            {},
            () => draws[drawn++]!,
          );
          put({});
          await clock.pass(2 * HOUR_MS);
          expect(sent.length).toBe(draws.length + 1);
          for (const [at, draw] of draws.entries()) {
            const pauseMs = sent[at + 1]!.atMs - sent[at]!.atMs;
            expect(pauseMs).toBeGreaterThanOrEqual(Math.max(100, draw * Math.min(60_000, 1000 * 2 ** at)));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('wait as long as the receiver asks, with everything for it', async () => {
    const { clock, sent, put } = lane((attempt) => (attempt === 0 ? { ...LATER, afterMs: 30_000 } : DELIVERED));
    put({ incidentId: '1' }, { incidentId: '2' });
    await clock.pass(29_999);
    expect(sent.length).toBe(1);
    put({ incidentId: '3' });
    await clock.pass(1000);
    expect(sent.map(({ what }) => what)).toEqual(['1 opened', '1 opened', '2 opened', '3 opened']);
    expect(sent[1]!.atMs).toBe(30_000);
  });

  it('end where the receiver will never take it', async () => {
    const { clock, outbox, sent, put } = lane(() => ({ kind: 'never', reason: 'Answered 404: ""' }));
    put({});
    await clock.pass(HOUR_MS);
    expect(sent.length).toBe(1);
    expect(outbox.deadLetters.map(({ reason }) => reason)).toEqual(['Answered 404: ""']);
  });
});

describe('the order', () => {
  it('is by severity, then by coming; a slow one is passed by the others', async () => {
    const { clock, sent, put } = lane((_, { incidentId }) => (incidentId === 'bad' ? LATER : DELIVERED));
    put({ incidentId: 'bad' });
    put(
      { incidentId: 'low', severity: 'low' },
      { incidentId: 'one' },
      { incidentId: 'high', severity: 'high' },
      { incidentId: 'two' },
    );
    await clock.pass(450);
    expect(sent.map(({ what }) => what.split(' ')[0])).toEqual(['bad', 'one', 'two', 'high', 'low']);
    expect(sent.map(({ atMs }) => atMs)).toEqual([0, 100, 200, 300, 400]);
  });

  it('of one incident is kept, and what a newer notice made needless is not sent', async () => {
    const { clock, sent, put } = lane((attempt) => (attempt < 2 ? LATER : DELIVERED));
    put({ state: 'opened' });
    await clock.pass(10);
    put({ state: 'escalated' });
    put({ state: 'acknowledged' });
    await clock.pass(150);
    put({ state: 'resolved' });
    await clock.pass(60_000);
    expect(sent.map(({ what }) => what.split(' ')[1])).toEqual(['opened', 'acknowledged', 'resolved']);
  });

  it.each([LATER, { kind: 'never', reason: 'Answered 404: ""' } as const])(
    'holds while one is under way, whose failure is of no interest then: $kind',
    async (failure) => {
      let end: (delivery: Delivery) => void = () => {};
      const { clock, outbox, sent, put } = lane((attempt) =>
        attempt === 0 ? new Promise((resolve) => (end = resolve)) : DELIVERED,
      );
      put({ state: 'opened' });
      put({ state: 'resolved' });
      await clock.pass(5000);
      expect(sent.length).toBe(1);
      end(failure);
      await clock.pass(5000);
      expect(sent.map(({ what }) => what.split(' ')[1])).toEqual(['opened', 'resolved']);
      expect(outbox.size).toBe(0);
      expect(outbox.deadLetters).toEqual([]);
    },
  );
});

it.each([
  { wentOn: true, posts: 4 },
  { wentOn: false, posts: 3 },
])(
  'what goes on is told again each minute, and at the start where it went on before: $wentOn',
  async ({ wentOn, posts }) => {
    const posted: number[] = [];
    const keepAlive = {
      everyMs: 60_000,
      post: async (notices: readonly Notice[]) => {
        posted.push(notices.length);
        return DELIVERED;
      },
    };
    const active = wentOn ? [noticeWith()] : [];
    const {
      clock,
      put,
      lane: made,
    } = lane(
      () => DELIVERED,
      { keepAlive },
      () => 0.5,
      active,
    );
    if (!wentOn) active.push(noticeWith());
    made.kick();
    await clock.pass(60_000 * 3 + 1000);
    expect(posted).toEqual(Array.from({ length: posts }, () => 1));
    active.pop();
    put({ state: 'resolved' });
    await clock.pass(60_000 * 3);
    expect(posted.length).toBe(posts);
  },
);

it('nothing begins after the end, which waits for what is under way', async () => {
  let end: (delivery: Delivery) => void = () => {};
  const { clock, sent, put, lane: made } = lane(() => new Promise((resolve) => (end = resolve)));
  put({ incidentId: '1' }, { incidentId: '2' });
  const closed = made.close();
  end(DELIVERED);
  await closed;
  await clock.pass(HOUR_MS);
  expect(sent.length).toBe(1);
});
