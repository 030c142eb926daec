/** What is written of a query, what is credited to whom, and what a restart knows of it. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SearchRequest } from '../../../../engine/types.ts';
import type { Interleaved } from '../../../../ops/index.ts';
import { answerOf } from '../../../../server/cache/index.ts';
import type { Answered, AnsweredListener, AnsweredReady, Assigned } from '../../../../server/canary/answered.ts';
import type { Given } from '../../../../server/canary/board.ts';
import { keyedHash, readHashKey } from '../../../../server/canary/relevance/keyed-hash.ts';
import { Relevance, type RelevanceParts } from '../../../../server/canary/relevance/relevance.ts';
import { scratchFolder } from '../../../support/scratch.ts';
import { requestFor, resultFor } from '../../cache/sample-result.ts';

const SPLIT: Assigned = { experiment: 'e', arm: 'canary', reason: 'split' };

const given = (assignments: readonly Assigned[]): Given => ({
  assignments,
  variants: assignments.map(({ experiment, arm }) => `${experiment}:${arm}`),
  ...{ key: '', label: '', header: '' },
  interleaves:
    assignments.find(({ experiment, reason }) => experiment === 'e' && reason === 'split')?.experiment ?? null,
});

const seat = (assignments: readonly Assigned[], identity = 'alice') => ({
  board: {
    flipped: (before: Given, name: string) =>
      given(before.assignments.map((one) => (one.experiment === name ? { ...one, arm: 'control' as const } : one))),
  },
  given: given(assignments),
  identity,
});

function desk(more: Partial<RelevanceParts['settings']> = {}, directory = scratchFolder()) {
  let nowMs = Date.UTC(2026, 10, 28, 12);
  const faults: string[] = [];
  let listener: AnsweredListener = () => {};
  let ready: (ready: AnsweredReady) => void = () => {};
  const relevance = new Relevance({
    settings: { clickMinutes: 30, impressionsMax: 1000, logLinesPerSecond: 1000, logQueries: false, ...more },
    directory,
    logs: { directory, fileBytesMax: 100_000, filesKept: 2 },
    slowMs: 800,
    verySlowMs: 2000,
    clock: { wallMs: () => nowMs, nowUs: () => nowMs * 1000 },
    experiments: {
      onAnswered: (listen) => {
        listener = listen;
        return () => {};
      },
      onReady: (listen) => {
        ready = listen;
        return () => {};
      },
      runOf: () => 'run 1',
    },
    report: ({ message }) => faults.push(message),
  });
  return {
    relevance,
    directory,
    faults,
    passMs: (ms: number) => {
      nowMs += ms;
    },
    answered: (one: Partial<Answered>) => listener(answeredOf(nowMs, one)),
    ready: (one: AnsweredReady) => ready(one),
    lines: async () => {
      await relevance.close();
      const text = readFileSync(join(directory, 'ab_metrics.jsonl'), 'utf8');
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
  };
}

const hits = ['1#0', '2#0', '3#1'].map((id, at) => ({ ...resultFor('').hits[0]!, id, rank: at + 1 }));

const answer = (request: SearchRequest) => answerOf(resultFor(request.query, { hits, total: 7 }), request, 'json');

function answeredOf(timeMs: number, more: Partial<Answered>): Answered {
  const request = more.request ?? requestFor('some words');
  return {
    requestId: 'r1',
    timeMs,
    endpoint: '/search',
    request,
    assignments: [SPLIT],
    variants: ['e:canary'],
    identity: 'alice',
    cache: 'miss',
    tookMs: 12.34567,
    ran: true,
    outcome: { kind: 'ok', answer: answer(request) },
    ...more,
  };
}

const sharedBy = (interleaved: Interleaved): NonNullable<Answered['shared']> => {
  const side = { outcome: { kind: 'ok', result: resultFor('q') }, tookMs: 1 } as const;
  return { experiment: interleaved.experiment, control: side, canary: side, interleaved };
};

interface Report {
  readonly experiments: { arms: { arm: string; requests: number }[]; interleaving: Record<string, unknown>[] }[];
  readonly log: { skipped: number };
  readonly from: string;
}
const reportOf = (relevance: Relevance): Report => relevance.report(7) as Report;

describe('a line', () => {
  it('says what was asked and answered, in hashes that need the key', async () => {
    const { relevance, answered, lines, directory } = desk();
    await relevance.start();
    answered({});
    answered({ requestId: 'r2', request: requestFor('SOME words', { rerank: false }), identity: '' });
    answered({ requestId: 'r3', assignments: [], cache: 'hit' });
    answered({ requestId: 'r4', outcome: { kind: 'failed', code: 'overloaded' } });
    answered({ requestId: 'r5', outcome: { kind: 'deadline' }, request: requestFor('x', { rerank: false }) });
    const [one, two, three, four, five] = await lines();
    expect(one).toEqual({
      time: '2026-11-28T12:00:00.000Z',
      kind: 'search',
      requestId: 'r1',
      arms: [{ ...SPLIT, run: 'run 1', comparable: true }],
      outcome: 'answered',
      latencyMs: 12.346,
      rerankAsked: true,
      rerankEffective: 'done',
      cache: 'miss',
      degraded: [],
      results: 7,
      // sha256 of '1#0\n2#0\n3#1', from another tool.
      resultHash: 'a126fb8e64756ee9',
      queryHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      identityHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      offset: 0,
      shown: ['1#0', '2#0', '3#1'],
    });
    expect(two!['identityHash']).toBe('');
    expect(two!['queryHash']).not.toBe(one!['queryHash']);
    expect([three!['shown'], three!['arms'], three!['queryHash']]).toEqual([undefined, [], one!['queryHash']]);
    expect([four!['outcome'], four!['rerankEffective'], four!['results']]).toEqual(['shed', 'dropped', 0]);
    expect([five!['outcome'], five!['rerankEffective']]).toEqual(['deadline', 'none']);
    const text = readFileSync(join(directory, 'ab_metrics.jsonl'), 'utf8');
    for (const secret of ['words', 'alice']) expect(text).not.toContain(secret);
  });

  it('has the query where that is configured, and is not written where there are too many', async () => {
    const { relevance, answered, lines } = desk({ logQueries: true, logLinesPerSecond: 1 });
    await relevance.start();
    for (const requestId of ['r1', 'r2', 'r3']) answered({ requestId });
    const written = await lines();
    expect(written.map(({ query, queryHash }) => [query, queryHash])).toEqual([['some words', undefined]]);
    // Counted all the same, and clicks on them are taken.
    expect(reportOf(relevance).experiments[0]!.arms[0]!.requests).toBe(3);
    expect(reportOf(relevance).log.skipped).toBe(2);
    expect(relevance.click('r3', { position: 1 }).kind).toBe('counted');
  });
});

describe('what was ready at once', () => {
  it('says what it was, and takes clicks; who asked it is not known', async () => {
    const { relevance, ready, lines } = desk();
    await relevance.start();
    ready({ requestId: 'r1', assignments: [SPLIT], answer: answer(requestFor('some words')) });
    const [line] = await lines();
    expect(line).toMatchObject({ cache: 'hit', identityHash: '', results: 7, shown: ['1#0', '2#0', '3#1'] });
    expect([line!['queryHash'], line!['rerankAsked']]).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/), true]);
    expect(relevance.click('r1', { position: 3 }).kind).toBe('counted');
  });
});

describe('who takes part', () => {
  it('is not who has an arm because there is no choice, and says nothing of it who chose himself', async () => {
    const { relevance, answered, lines } = desk();
    await relevance.start();
    for (const [at, reason] of (['disabled', 'stopped', 'promoted', 'asked', 'outside'] as const).entries())
      answered({ requestId: `r${at}`, assignments: [{ ...SPLIT, reason }] });
    const written = await lines();
    expect(written.map(({ arms }) => (arms as { comparable: boolean }[]).map(({ comparable }) => comparable))).toEqual([
      [],
      [],
      [],
      [false],
      [true],
    ]);
    expect(relevance.click('r0', { position: 1 }).kind).toBe('unknown');
    expect(relevance.click('r3', { position: 1 }).kind).toBe('counted');
  });

  it('shares an answer where the experiment has it so, and its turn was chance', () => {
    const { relevance } = desk();
    const other: Assigned = { experiment: 'other', arm: 'canary', reason: 'split' };
    const request = requestFor('q');
    expect(relevance.sidesFor(seat([{ ...SPLIT, arm: 'control', reason: 'outside' }, other]), request)).toBeNull();
    const sides = relevance.sidesFor(seat([other, SPLIT]), request)!;
    expect([sides.experiment, sides.A, sides.B]).toEqual([
      'e',
      { arm: 'control', variants: ['other:canary', 'e:control'] },
      { arm: 'canary', variants: ['other:canary', 'e:canary'] },
    ]);
    const seed = (identity: string, asked: SearchRequest): string =>
      relevance.sidesFor(seat([SPLIT], identity), asked)!.seed;
    expect(seed('alice', requestFor('q', { offset: 10 }))).toBe(seed('alice', request));
    expect(seed('bob', request)).not.toBe(seed('alice', request));
    expect(seed('', request)).not.toBe(seed('', request));
  });
});

describe('a restart', () => {
  it('knows what was shown, clicked and won before', async () => {
    const first = desk();
    await first.relevance.start();
    const interleaved = { experiment: 'e', A: 'control', B: 'canary', teams: 'ABA' };
    for (const at of [1, 2, 3])
      first.answered({ requestId: `r${at}`, shared: sharedBy(interleaved), identity: `someone ${at}` });
    expect(first.relevance.click('r1', { id: '2#0' }).kind).toBe('counted');
    await first.relevance.close();

    const second = desk({}, first.directory);
    await second.relevance.start();
    expect(second.relevance.click('r1', { id: '2#0' }).kind).toBe('again');
    expect(second.relevance.click('r2', { id: '1#0' }).kind).toBe('counted');
    second.passMs(30 * 60_000);
    for (const { relevance } of [second])
      expect(reportOf(relevance).experiments[0]!.interleaving).toMatchObject([
        { A: 'control', B: 'canary', shown: 3, wins: { A: 1, B: 1 }, ties: 0 },
      ]);
  });
});

describe('the key of the hashes', () => {
  it('is made once, for its owner alone', () => {
    const file = join(scratchFolder(), 'deep', 'ab-hash.key');
    const { key, fault } = readHashKey(file);
    expect([fault, statSync(file).mode & 0o777]).toEqual([null, 0o600]);
    expect(readHashKey(file)).toEqual({ key, fault: null });
    expect(readHashKey(join(scratchFolder(), 'key')).key).not.toEqual(key);
    expect(keyedHash(key)('query', 'a')).not.toBe(keyedHash(key)('identity', 'a'));
  });

  it('is of this process alone where the file is none, and that is said once', async () => {
    const file = join(scratchFolder(), 'ab-hash.key');
    writeFileSync(file, 'short\n');
    const { fault } = readHashKey(file);
    expect(fault!.message).toBe(
      `Hashes of ab_metrics.jsonl will not fit those of other processes: expected 64 hexadecimal digits: ${file}`,
    );
    expect(readFileSync(file, 'utf8')).toBe('short\n');
    const { relevance, answered, faults, directory } = desk();
    writeFileSync(join(directory, 'ab-hash.key'), '');
    await relevance.start();
    answered({});
    answered({ requestId: 'r2' });
    expect(faults.length).toBe(1);
  });
});
