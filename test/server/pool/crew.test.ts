/** In which order do threads answer, open and let go, while one generation takes the place of another? */
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { Crew, type Replacing } from '../../../server/pool/crew.ts';
import type { EngineThread, ModelsReport } from '../../../server/pool/engine-thread.ts';
import { runs } from '../../support/runs.ts';
import { type FakeKept, type GatedThread, gatedThread, keptOf, READY } from './fake-crew.ts';

const NEVER = new AbortController().signal;

interface Arranged {
  readonly crew: Crew;
  readonly threads: readonly GatedThread[];
  readonly old: FakeKept;
  readonly next: FakeKept;
  /** What each thread is on. */
  readonly on: () => (string | null)[];
}

function arrange(count: number): Arranged {
  const threads = Array.from({ length: count }, () => gatedThread());
  const old = keptOf('A');
  const next = keptOf('B');
  const crew = new Crew(
    threads.map(({ thread }) => thread),
    old,
  );
  return { crew, threads, old, next, on: () => threads.map((one) => one.on()) };
}

/** Watches a promise without waiting for it. */
function watched(promise: Promise<unknown>): () => 'pending' | 'done' | 'failed' {
  let state: 'pending' | 'done' | 'failed' = 'pending';
  promise.then(
    () => {
      state = 'done';
    },
    () => {
      state = 'failed';
    },
  );
  return () => state;
}

describe('a crew', () => {
  it('asks any thread that is free, and who comes later waits for the first that is', async () => {
    const { crew, threads, on } = arrange(2);
    const asked = [crew.search([], 0), crew.search([], 0), crew.search([], 0)].map(watched);
    await turn();
    expect(on()).toEqual(['search A', 'search A']);
    await threads[1]!.end();
    expect([asked[1]!(), on()]).toEqual(['done', ['search A', 'search A']]);
    await threads[1]!.end();
    expect(asked[2]!()).toBe('done');
  });

  it('opens in one thread after the other, and messages go on meanwhile', async () => {
    const { crew, threads, next, on } = arrange(2);
    const opening = crew.open(next);
    await turn();
    expect(on()).toEqual(['open B', null]);
    void crew.search([], 0);
    await turn();
    expect(on()).toEqual(['open B', 'search A']);
    await threads[0]!.end();
    expect(on()).toEqual([null, 'search A']);
    await threads[1]!.end();
    expect(on()).toEqual([null, 'open B']);
    await threads[1]!.end();
    expect(await opening).toEqual(READY);
  });

  it('what is to be opened goes before messages that wait', async () => {
    const { crew, threads, next, on } = arrange(1);
    void crew.search([], 0);
    void crew.search([], 0);
    void crew.open(next);
    await turn();
    await threads[0]!.end();
    expect(on()).toEqual(['open B']);
    await threads[0]!.end();
    expect(on()).toEqual(['search A']);
  });

  it('the old one is let go of only when its last message is back, and new messages go to the new one', async () => {
    const { crew, threads, old, next, on } = arrange(2);
    const last = watched(crew.search([], 0));
    await turn();
    const empty = crew.goOverTo(next);
    const isEmpty = watched(empty);
    void crew.search([], 0);
    void crew.search([], 0);
    await turn();
    expect(on()).toEqual(['search A', 'search B']);
    await threads[1]!.end();
    await threads[1]!.end();
    expect([on(), isEmpty()]).toEqual([['search A', null], 'pending']);
    await threads[0]!.end();
    expect([last(), isEmpty()]).toEqual(['done', 'done']);
    const left = crew.letGo(old);
    expect(on()).toEqual(['let go of A', null]);
    await threads[0]!.end();
    expect([on(), old.released()]).toEqual([[null, 'let go of A'], false]);
    await threads[1]!.end();
    await left;
    expect(old.released()).toBe(true);
  });

  it('a message whose thread dies is back, too', async () => {
    const { crew, threads, next } = arrange(1);
    const asked = watched(crew.search([], 0));
    await turn();
    const empty = watched(crew.goOverTo(next));
    await turn();
    await threads[0]!.end(new Error('died'));
    expect([asked(), empty()]).toEqual(['failed', 'done']);
  });

  it('nothing is waited for where nothing is under way', async () => {
    const { crew, next } = arrange(1);
    await crew.goOverTo(next);
    expect(crew.serving).toBe(next);
  });

  it('where one thread cannot open it, all let go of it, and its keeper', async () => {
    const { crew, threads, next, on } = arrange(2);
    const opening = watched(crew.open(next));
    await threads[0]!.end();
    await threads[1]!.end(new Error('no more files'));
    expect(on()).toEqual(['let go of B', null]);
    await threads[0]!.end();
    await threads[1]!.end(new Error('it died'));
    expect([opening(), next.released(), crew.serving.manifest.generation]).toEqual(['failed', true, 'A']);
  });

  it('a thread that is born during a change opens both, before messages', async () => {
    const { crew, threads, old, next, on } = arrange(2);
    const first = crew.open(old);
    for (const one of threads) await one.end();
    await first;
    const opening = watched(crew.open(next));
    await threads[0]!.end();
    expect(on()).toEqual([null, 'open B']);
    crew.reborn(0);
    void crew.search([], 0);
    const seen: (string | null)[] = [];
    for (let n = 0; n < 3; n++) {
      seen.push(threads[0]!.on());
      await threads[0]!.end();
    }
    expect(seen).toEqual(['open A', 'open B', 'search A']);
    await threads[1]!.end();
    expect(opening()).toBe('done');
    await crew.goOverTo(next);
    crew.reborn(0);
    expect(threads[0]!.on()).toBe('open B');
    await threads[0]!.end();
    expect(threads[0]!.on()).toBeNull();
  });

  describe('whose threads are replaced', () => {
    const arrangeReplacing = async (count: number, over: Partial<Replacing> = {}) => {
      const arranged = arrange(count);
      const opening = arranged.crew.open(arranged.old);
      for (const one of arranged.threads) await one.end();
      await opening;
      const born: GatedThread[] = [];
      const counts: number[] = [];
      const replace = (): Promise<ModelsReport> =>
        arranged.crew.replace({
          bear: () => {
            born.push(gatedThread());
            return born.at(-1)!.thread;
          },
          beside: true,
          probe: async (thread, serving) => void (await thread.search(serving, [], 0)),
          signal: NEVER,
          replaced: (done) => counts.push(done),
          ...over,
        });
      return { ...arranged, born, counts, replace };
    };

    it('has at every place one that answers: the old one leaves when the new one is there, and after what it is on', async () => {
      const { crew, threads, born, replace, counts } = await arrangeReplacing(1);
      const last = watched(crew.search([], 0));
      const waiting = watched(crew.search([], 0));
      await turn();
      const replaced = watched(replace());
      expect([threads[0]!.on(), born[0]!.on()]).toEqual(['search A', 'open A']);
      await born[0]!.end();
      expect(born[0]!.on()).toBe('search A');
      await born[0]!.end();
      // It has answered, and takes what waits although the old one is busy yet.
      expect([born[0]!.on(), threads[0]!.closed()]).toEqual(['search A', false]);
      await born[0]!.end();
      expect([waiting(), last(), replaced()]).toEqual(['done', 'pending', 'pending']);
      await threads[0]!.end();
      await turn();
      expect([last(), threads[0]!.closed(), replaced(), counts]).toEqual(['done', true, 'done', [1]]);
    });

    it('where there is no room for one more, the old one leaves first, and messages wait', async () => {
      const { crew, threads, born, replace } = await arrangeReplacing(1, { beside: false });
      const replaced = watched(replace());
      await turn();
      const waiting = watched(crew.search([], 0));
      expect(threads[0]!.closed()).toBe(true);
      await born[0]!.end();
      await born[0]!.end();
      expect([born[0]!.on(), replaced()]).toEqual(['search A', 'done']);
      await born[0]!.end();
      expect(waiting()).toBe('done');
    });

    it('the old one stays where the new one does not do, and those after it are left alone', async () => {
      const { crew, threads, born, replace } = await arrangeReplacing(2, {
        probe: () => Promise.reject(new EngineError('model_failed', 'NaN')),
      });
      const replaced = replace().catch((error: EngineError) => error.code);
      await born[0]!.end();
      expect(await replaced).toBe('model_failed');
      expect([born.length, born[0]!.closed(), threads[0]!.closed()]).toEqual([1, true, false]);
      void crew.search([], 0);
      await turn();
      expect(threads[0]!.on()).toBe('search A');
    });

    it('a new one opens what is taken into service meanwhile, and lets go of what is not any more', async () => {
      const { crew, threads, old, next, born, replace } = await arrangeReplacing(1);
      const replaced = watched(replace());
      await born[0]!.end();
      expect(born[0]!.on()).toBe('search A');
      const opening = crew.open(next);
      await threads[0]!.end();
      await opening;
      const left = crew.goOverTo(next).then(() => crew.letGo(old));
      await born[0]!.end();
      // What it was asked last is back: the old generation can go.
      expect([born[0]!.on(), threads[0]!.on()]).toEqual(['open B', 'let go of A']);
      await threads[0]!.end();
      await left;
      await born[0]!.end();
      expect([born[0]!.on(), old.released()]).toEqual(['let go of A', true]);
      await born[0]!.end();
      await turn();
      expect([born[0]!.on(), replaced(), threads[0]!.closed()]).toEqual([null, 'done', true]);
    });

    it('is not replaced twice at once, and stops where it is told to', async () => {
      const ends = new AbortController();
      const { born, replace, counts } = await arrangeReplacing(3, { signal: ends.signal });
      const first = replace().catch((error: Error) => error.name);
      await expect(replace()).rejects.toMatchObject({ code: 'action_refused' });
      ends.abort();
      await born[0]!.end();
      await born[0]!.end();
      expect([await first, counts]).toEqual(['AbortError', [1]]);
    });

    it('ends with the crew', async () => {
      const { crew, born, replace } = await arrangeReplacing(2);
      const replaced = replace().catch((error: EngineError) => error.code);
      const closed = crew.close();
      await born[0]!.end();
      await born[0]!.end();
      await closed;
      expect([await replaced, born[0]!.closed(), born.length]).toEqual(['draining', true, 1]);
    });
  });

  it('says of models what the worst thread says', async () => {
    const lacking = {
      ...READY,
      reranker: { state: 'unavailable', name: 'r', code: 'model_missing', detail: '' },
    } as const;
    const threads = [gatedThread(), gatedThread(lacking)];
    const kept = keptOf('A');
    const crew = new Crew(
      threads.map(({ thread }) => thread),
      kept,
    );
    const opening = crew.open(kept);
    for (const one of threads) await one.end();
    expect(await opening).toEqual(lacking);
  });

  it('whatever comes in whatever order: every message is back, over what served when it left, and none over what was let go', async () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('search' as const) }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), thread: fc.nat(4), dies: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('change' as const) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('replace' as const), beside: fc.boolean() }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { crew, threads: first, old } = arrange(3);
        const threads = [...first];
        const opened = crew.open(old);
        for (const one of first) await one.end();
        await opened;
        let replacing: Promise<unknown> | null = null;
        const bear = (): EngineThread => {
          const born = gatedThread();
          threads.push(born);
          return born.thread;
        };
        const replace = (beside: boolean): Promise<unknown> => {
          const probe: Replacing['probe'] = async (thread, serving) => void (await thread.search(serving, [], 0));
          return crew.replace({ bear, beside, probe, signal: NEVER, replaced: () => {} }).catch(() => {});
        };
        const gone = new Set<string>();
        let serving = old;
        let changing: Promise<void> | null = null;
        let serial = 0;
        const asked: (() => string)[] = [];
        const change = async (): Promise<void> => {
          const next = keptOf(`G${serial++}`);
          await crew.open(next).catch(() => {});
          if (next.released()) return;
          const before = serving;
          serving = next;
          await crew.goOverTo(next);
          gone.add(before.manifest.generation);
          await crew.letGo(before);
        };
        const endOne = async (thread: GatedThread, dies: boolean): Promise<void> => {
          const on = thread.on();
          if (on === null) return;
          if (on.startsWith('search ')) expect(gone).not.toContain(on.slice('search '.length));
          const isOpening = on.startsWith('open ');
          await thread.end(dies && !isOpening ? new Error('died') : undefined);
        };
        for (const one of steps) {
          if (one.kind === 'search') asked.push(watched(crew.search([], 0)));
          else if (one.kind === 'end') {
            const living = threads.filter(({ closed }) => !closed());
            await endOne(living[one.thread % living.length]!, one.dies);
          } else if (one.kind === 'replace')
            replacing ??= replace(one.beside).finally(() => {
              replacing = null;
            });
          else
            changing ??= change().finally(() => {
              changing = null;
            });
          await turn();
        }
        for (let n = 0; n < 400 && threads.some(({ on }) => on() !== null); n++)
          for (const one of threads) await endOne(one, false);
        expect(asked.filter((state) => state() === 'pending')).toEqual([]);
        expect([changing, replacing, crew.serving]).toEqual([null, null, serving]);
        expect(threads.filter(({ closed }) => !closed())).toHaveLength(3);
      }),
      runs(50),
    );
  });
});
