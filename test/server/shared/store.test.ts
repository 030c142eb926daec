import { describe, expect, it } from 'vitest';
import { scriptOf } from '../../../server/shared/script.ts';
import type { Session } from '../../../server/shared/session.ts';
import { Store, type StoreParts } from '../../../server/shared/store.ts';
import { FakeClock } from './support.ts';

const SCRIPT = scriptOf('return 1');
/** Lets everything run that waits for nothing outside. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function openSession(): Session & { fails: string | null } {
  let tell: (reason: string) => void = () => {};
  let over: string | null = null;
  const ended = new Promise<string>((resolve) => {
    tell = resolve;
  });
  const session = {
    fails: null as string | null,
    ended,
    get isOver() {
      return over !== null;
    },
    end: (reason: string) => {
      over ??= reason;
      tell(over);
    },
    run: (): Promise<unknown> => {
      if (session.fails !== null) session.end(session.fails);
      return over === null ? Promise.resolve('answer') : Promise.reject(new Error(over));
    },
  };
  return session;
}

function arrange(over: Partial<StoreParts> = {}) {
  const clock = new FakeClock();
  const told: string[] = [];
  const pauses: { ms: number; end: () => void }[] = [];
  const sessions: ReturnType<typeof openSession>[] = [];
  let absent: string | null = null;
  const store = new Store({
    clock,
    timeoutMs: 30,
    open: async () => {
      if (absent !== null) throw new Error(absent);
      const session = openSession();
      sessions.push(session);
      return session;
    },
    tend: async (run, fresh) => {
      await run(SCRIPT, [], []);
      told.push(fresh ? 'tended anew' : 'tended');
    },
    pause: (ms, signal) =>
      new Promise((resolve) => {
        pauses.push({ ms, end: resolve });
        signal.addEventListener('abort', () => resolve());
      }),
    lost: (reason) => told.push(`lost: ${reason}`),
    found: (awayMs) => told.push(`found after ${awayMs}`),
    ...over,
  });
  const set = (reason: string | null): void => {
    absent = reason;
  };
  return { clock, store, told, pauses, sessions, absent: set };
}

const ask = (store: Store): Promise<string> =>
  store.ask(SCRIPT, [], []).then(String, (error: Error) => `refused: ${error.message}`);

describe('the store', () => {
  it('that is absent at the start is said once, looked for at growing distances, and used when it is there', async () => {
    const { store, told, pauses, absent, clock } = arrange();
    absent('connect ECONNREFUSED');
    void store.run();
    for (let at = 0; at < 7; at++) {
      await settle();
      clock.passMs(1000);
      pauses.at(-1)!.end();
    }
    expect(pauses.map(({ ms }) => ms)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
    expect(told).toEqual(['lost: connect ECONNREFUSED']);
    expect(await ask(store)).toBe('refused: The store is down');
    absent(null);
    await settle();
    pauses.at(-1)!.end();
    await settle();
    expect(told).toEqual(['lost: connect ECONNREFUSED', 'tended anew', 'found after 7000']);
    expect([await ask(store), store.status().state, store.status().reason]).toEqual(['answer', 'up', null]);
  });

  it('is not used before it was tended, and not at all where that fails', async () => {
    const { store, told, sessions } = arrange({ tend: () => Promise.reject(new Error('READONLY')) });
    void store.run();
    await settle();
    expect([store.isUp, told, await sessions[0]!.ended]).toEqual([false, ['lost: READONLY'], 'READONLY']);
  });

  it('that fails once is not asked again until a new session is ready', async () => {
    const { store, told, pauses, sessions } = arrange();
    void store.run();
    await settle();
    sessions[0]!.fails = 'No answer within 30 ms';
    expect(await ask(store)).toBe('refused: No answer within 30 ms');
    expect(await ask(store)).toMatch(/^refused/);
    await settle();
    expect([store.isUp, told]).toEqual([false, ['tended anew', 'lost: No answer within 30 ms']]);
    pauses.at(-1)!.end();
    await settle();
    expect([await ask(store), sessions.length]).toEqual(['answer', 2]);
  });

  it('that fails soon after it came back is left alone for longer, and trusted again after a minute', async () => {
    const { store, pauses, sessions, clock } = arrange();
    void store.run();
    const away: number[] = [];
    for (const upMs of [1000, 1000, 61_000, 1000]) {
      await settle();
      clock.passMs(upMs);
      sessions.at(-1)!.end('gone');
      await settle();
      away.push(pauses.at(-1)!.ms);
      pauses.at(-1)!.end();
    }
    expect(away).toEqual([250, 500, 250, 500]);
  });

  it('is tended each second, and at once when there is something new, also while it is being tended', async () => {
    const { store, told, pauses } = arrange();
    void store.run();
    await settle();
    expect(pauses.at(-1)!.ms).toBe(1000);
    pauses.at(-1)!.end();
    await settle();
    store.nudge();
    await settle();
    expect(told).toEqual(['tended anew', 'tended', 'tended']);
    store.nudge();
    store.nudge();
    await settle();
    expect(told).toHaveLength(4);
  });

  it('that is closed is neither missed nor looked for', async () => {
    const { store, told, sessions } = arrange();
    const run = store.run();
    await settle();
    store.close();
    await run;
    expect([told, await sessions[0]!.ended, store.isUp]).toEqual([['tended anew'], 'Closed', false]);
  });
});
