/** What a server does about the bytes on its disk, by itself and when asked: one at a time, when due, and what is found is put right. */
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import type { Fallback } from '../../../engine/store/index.ts';
import type { VerifyOptions, VerifyReport } from '../../../engine/store/verify/index.ts';
import { Verifications, type VerifyAsked } from '../../../server/index-admin/verifications.ts';

const HOUR_MS = 3_600_000;
const FINDING = { check: 'bytes', file: 'lexical.bin', block: 3, expected: '1a', got: '2b' } as const;
const report = (parts: Partial<VerifyReport> = {}): VerifyReport => ({
  generation: 'A',
  verdict: 'sound',
  detail: null,
  checks: [],
  findings: [],
  bytesRead: 1,
  bytesTotal: 1,
  seconds: 1,
  resume: null,
  ...parts,
});
const damaged = report({ verdict: 'damaged', findings: [FINDING] });
const ASKED = { generation: 'A', bytesPerSecondMax: null, deadlineMs: null };

/** Verifications end when they are told to. */
function arrange({ everyMs = 0, good = 'B' as string | null, serving = 'A' } = {}) {
  const state = { wallMs: 0, serving, told: [] as string[], began: [] as VerifyAsked[], aside: [] as string[] };
  let options: VerifyOptions = {};
  let end: (report: VerifyReport) => void = () => {};
  const verifications = new Verifications(
    {
      verify: (asked, given) => {
        state.began.push(asked);
        options = given;
        return new Promise((resolve, reject) => {
          end = resolve;
          given.signal?.addEventListener('abort', () => reject(given.signal?.reason));
        });
      },
      serving: () => state.serving,
      setAside: async ({ generation, file }) => {
        if (good === null) throw new EngineError('index_damaged', 'Nothing else is whole');
        state.aside.push(`${generation}/${file}`);
        return { damage: [], serving: good, quarantined: [`${generation}.damaged`], unmoved: null } satisfies Fallback;
      },
      goOver: async (generation) => {
        state.serving = generation;
      },
      report: (event, detail) => void state.told.push(detail === null ? event : `${event} ${detail}`),
      wallMs: () => state.wallMs,
    },
    { everyMs, bytesPerSecondMax: 5 },
  );
  const ends = async (result: VerifyReport): Promise<void> => {
    end(result);
    await verifications.settled();
  };
  return { verifications, state, ends, progress: () => options.progress };
}

describe('a verification', () => {
  it('is one at a time, says how far it is, and what it came to', async () => {
    const { verifications, ends, progress, state } = arrange();
    expect(verifications.start(ASKED, false)).toEqual({ generation: 'A', sinceMs: 0, progress: null });
    progress()!({ check: 'records', percent: 70 });
    expect(verifications.underway?.progress).toEqual({ check: 'records', percent: 70 });
    expect(() => verifications.start(ASKED, false)).toThrow('Another one is being verified');
    state.wallMs = 9;
    await ends(report());
    expect(verifications.underway).toBeNull();
    expect(verifications.last).toEqual({
      generation: 'A',
      atMs: 9,
      report: report(),
      failure: null,
      fallback: null,
    });
    expect(state.told).toEqual(['index_verified']);
  });

  it('moves nothing that it was not told to move', async () => {
    const { verifications, state, ends } = arrange();
    verifications.start(ASKED, false);
    await ends(damaged);
    expect([state.aside, state.serving]).toEqual([[], 'A']);
    expect(state.told).toEqual(['index_damaged A/lexical.bin: expected 1a, got 2b']);
  });

  it('puts the last good one in the place of one that is damaged, on the disk and in service', async () => {
    const { verifications, state, ends } = arrange();
    verifications.start(ASKED, true);
    await ends(damaged);
    expect([state.aside, state.serving]).toEqual([['A/lexical.bin'], 'B']);
    expect(verifications.last?.fallback?.serving).toBe('B');
    expect(state.told[0]).toContain('; B serves instead');
  });

  it('leaves all as it is where nothing else is whole, and says so', async () => {
    const { verifications, state, ends } = arrange({ good: null });
    verifications.start(ASKED, true);
    await ends(damaged);
    expect(state.serving).toBe('A');
    expect(verifications.last?.failure).toEqual({ code: 'index_damaged', detail: 'Nothing else is whole' });
    expect(state.told).toHaveLength(2);
  });

  it('does not take a process that died for a finding', async () => {
    const { verifications, state, ends } = arrange();
    verifications.start(ASKED, true);
    await ends(report({ verdict: 'crashed', detail: 'ended by SIGKILL' }));
    expect([state.aside, state.told]).toEqual([[], ['index_verify_failed A: ended by SIGKILL']]);
  });

  it('ends with the server, which is no failure', async () => {
    const { verifications, state } = arrange();
    verifications.start(ASKED, true);
    await verifications.close();
    expect([verifications.underway, state.told]).toEqual([null, []]);
  });
});

describe('by itself', () => {
  it('the serving one is verified when it is due, slowly, and again when it is due again', async () => {
    const { verifications, state, ends } = arrange({ everyMs: HOUR_MS });
    verifications.look();
    expect(state.began).toEqual([]);
    state.wallMs = HOUR_MS;
    verifications.look();
    verifications.look();
    expect(state.began).toEqual([{ generation: 'A', bytesPerSecondMax: 5, deadlineMs: null }]);
    await ends(damaged);
    expect(state.serving).toBe('B');
    state.wallMs = 2 * HOUR_MS - 1;
    verifications.look();
    await turn();
    expect(state.began).toHaveLength(1);
    state.wallMs += 1;
    verifications.look();
    expect(state.began[1]?.generation).toBe('B');
  });

  it('never, where it is not wanted', () => {
    const { verifications, state } = arrange();
    state.wallMs = 1e12;
    verifications.look();
    expect([verifications.nextMs, state.began]).toEqual([null, []]);
  });
});
