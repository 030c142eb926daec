/** What lines add up to, live and after a restart, and what is said of it. */
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AbLine,
  AbLog,
  AbTally,
  experimentReports,
  readAbLog,
  readTotals,
  writeTotals,
} from '../../../ops/ab/index.ts';
import { randomOf } from '../../../ops/capacity/random.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { clickLine, START_MS, searchLine } from './lines.ts';

const WINDOW_MS = 1_800_000;
const SETTINGS = { windowMs: WINDOW_MS, entriesMax: 1000, slowMs: 800, verySlowMs: 2000, alpha: 0.05 };
const DAY_MS = 86_400_000;

function tallyOf(lines: readonly AbLine[]): AbTally {
  const tally = new AbTally(SETTINGS);
  for (const line of lines) tally.take(line);
  return tally;
}

/** Of the one experiment that there is. */
const reportOf = (tally: AbTally, fromMs = 0) => {
  const [report] = experimentReports(tally, { fromMs, control: 'control', alpha: 0.05 });
  return { since: null, arms: report?.arms ?? [], interleaving: report?.interleaving ?? [], ...report };
};

const of = (arm: string) => [{ experiment: 'e', run: 'one', arm, reason: 'split', comparable: true }];

describe('an arm', () => {
  it('is what its comparable requests were: failures, late, empty and poor answers', () => {
    const lines = [
      searchLine(START_MS, { latencyMs: 900 }),
      searchLine(START_MS, { latencyMs: 2500, degraded: ['rerank_failed'] }),
      searchLine(START_MS, { results: 0, shown: [] }),
      searchLine(START_MS, { outcome: 'failed', results: 0, shown: [] }),
      searchLine(START_MS, { outcome: 'deadline', latencyMs: 10_000, results: 0, shown: [] }),
      // These are counted, and say nothing of the arm.
      searchLine(START_MS, { cache: 'hit' }),
      searchLine(START_MS, {
        arms: [{ experiment: 'e', run: 'one', arm: 'canary', reason: 'asked', comparable: false }],
      }),
      searchLine(START_MS, { outcome: 'aborted' }),
    ];
    const [arm] = reportOf(tallyOf(lines)).arms;
    expect([arm!.requests, arm!.comparable]).toEqual([7, 5]);
    const counted = Object.fromEntries(Object.entries(arm!.rates).map(([kind, { count, of }]) => [kind, [count, of]]));
    expect(counted).toEqual({ error: [2, 5], slow: [3, 5], very_slow: [2, 5], empty: [1, 3], degraded: [1, 3] });
  });

  it('is told of the days that were asked for, and no longer than 35', () => {
    const days = [0, 1, 5, 40].map((day) => searchLine(START_MS + day * DAY_MS));
    const tally = tallyOf(days.slice(0, 3));
    expect(reportOf(tally, START_MS + DAY_MS).arms[0]!.requests).toBe(2);
    expect(reportOf(tally).arms[0]!.requests).toBe(3);
    expect(reportOf(tallyOf(days)).arms[0]!.requests).toBe(1);
  });

  it('has quantiles within bounds that hold the true ones', () => {
    const random = randomOf(20_261_128);
    const lines = Array.from({ length: 3000 }, (_, at) =>
      searchLine(START_MS, { requestId: `r${at}`, latencyMs: 100 * random.next() }),
    );
    const { p50Ms, p95Ms, p99Ms } = reportOf(tallyOf(lines)).arms[0]!.latency;
    for (const [{ value, low, high }, truth] of [
      [p50Ms, 50],
      [p95Ms, 95],
      [p99Ms, 99],
    ] as const) {
      expect([low! <= truth, truth <= high!, low! <= value!, value! <= high!]).toEqual([true, true, true, true]);
      expect(high! - low!).toBeLessThan(15);
    }
    // Ten answers do not say where one in a hundred lies.
    const few = reportOf(tallyOf(lines.slice(0, 10))).arms[0]!.latency.p99Ms;
    expect([few.value! > 0, few.high]).toEqual([true, null]);
  });

  it('is held against the control, in words', () => {
    const lines = Array.from({ length: 1200 }, (_, at) => {
      const canary = at % 2 === 1;
      const failed = canary && at % 8 === 1;
      const latencyMs = canary ? 5 : 50;
      return searchLine(START_MS, {
        requestId: `r${at}`,
        arms: of(canary ? 'canary' : 'control'),
        latencyMs,
        ...(failed ? { outcome: 'failed' as const, shown: [] } : {}),
      });
    });
    const { arms } = reportOf(tallyOf(lines));
    const [control, canary] = ['control', 'canary'].map((name) => arms.find(({ arm }) => arm === name)!);
    expect([control!.difference, control!.verdict]).toEqual([null, null]);
    expect(canary!.verdict).toBe('Worse: more errors; better: sooner at the p50, sooner at the p95');
    expect(canary!.difference!.rates.error.low).toBeGreaterThan(0.1);
    expect(reportOf(tallyOf(lines.slice(0, 20))).arms[1]!.verdict).toBe('No difference is shown');
  });

  it('is clicked as often as its answers were, once their time is over', () => {
    const lines = [
      searchLine(START_MS, { requestId: 'a' }),
      searchLine(START_MS, { requestId: 'b', cache: 'hit' }),
      clickLine(START_MS + 1, 'a', 1),
      clickLine(START_MS + 2, 'a', 2),
      clickLine(START_MS + 2, 'a', 2),
    ];
    const tally = tallyOf(lines);
    expect(reportOf(tally).arms[0]!.clicks).toMatchObject({ clickedRate: { count: 0, of: 0 }, perImpression: null });
    tally.advance(START_MS + WINDOW_MS);
    expect(reportOf(tally).arms[0]!.clicks).toMatchObject({ clickedRate: { count: 1, of: 2 }, perImpression: 1 });
  });
});

const shared = (at: number, more: Parameters<typeof searchLine>[1] = {}) =>
  searchLine(START_MS + at, {
    requestId: `r${at}`,
    arms: [{ experiment: 'e', run: 'one', arm: 'interleaved', reason: 'split', comparable: false }],
    interleaved: { experiment: 'e', A: 'control', B: 'canary', teams: '=BA' },
    ...more,
  });

describe('answers that two arms share', () => {
  it('are won by whose results are clicked, when their time is over', () => {
    const lines = [
      shared(0),
      shared(1),
      shared(2),
      shared(3),
      clickLine(START_MS + 5, 'r0', 2),
      clickLine(START_MS + 5, 'r1', 3),
      clickLine(START_MS + 5, 'r2', 1),
    ];
    const tally = tallyOf(lines);
    const [open] = reportOf(tally).interleaving;
    expect(open).toMatchObject({ A: 'control', B: 'canary', shown: 4, wins: { A: 0, B: 0 }, ties: 0 });
    expect(open!.pending).toEqual({ A: 1, B: 1, tie: 1, none: 1 });
    tally.advance(START_MS + 10 + WINDOW_MS);
    const [over] = reportOf(tally).interleaving;
    expect(over).toMatchObject({ wins: { A: 1, B: 1 }, ties: 1, verdict: 'No preference is shown', pValue: 1 });
    expect(over!.pending).toEqual({ A: 0, B: 0, tie: 0, none: 0 });
  });

  it('say the same only once of the same somebody who asks the same', () => {
    const lines = Array.from({ length: 50 }, (_, at) => [
      shared(at, { identityHash: 'i', queryHash: at < 49 ? 'q' : 'another' }),
      clickLine(START_MS + at, `r${at}`, 2),
    ]).flat();
    const tally = tallyOf(lines);
    tally.advance(START_MS + 100 + WINDOW_MS);
    expect(reportOf(tally).interleaving[0]).toMatchObject({ shown: 50, wins: { A: 0, B: 2 } });
  });

  it('say nothing of an experiment that has begun anew', () => {
    const begun = (at: number, run: string) =>
      shared(at, { arms: [{ experiment: 'e', run, arm: 'interleaved', reason: 'split', comparable: false }] });
    const tally = tallyOf([
      begun(0, 'one'),
      begun(1, 'one'),
      clickLine(START_MS + 1, 'r0', 2),
      begun(2, 'two'),
      clickLine(START_MS + 2, 'r1', 2),
      clickLine(START_MS + 2, 'r2', 3),
    ]);
    const told = () => reportOf(tally).interleaving[0]!;
    expect([told().shown, told().pending]).toEqual([1, { A: 1, B: 0, tie: 0, none: 0 }]);
    tally.advance(START_MS + 10 + WINDOW_MS);
    expect([told().wins, reportOf(tally).since]).toEqual([{ A: 1, B: 0 }, new Date(START_MS + 2).toISOString()]);
  });

  it('show a preference in words', () => {
    const lines = Array.from({ length: 12 }, (_, at) => [shared(at), clickLine(START_MS + at, `r${at}`, 2)]).flat();
    const tally = tallyOf(lines);
    tally.advance(START_MS + 100 + WINDOW_MS);
    const [contest] = reportOf(tally).interleaving;
    expect(contest!.verdict).toBe('Clicks prefer canary');
    expect([contest!.pValue < 0.05, contest!.share.low > 0.5, contest!.share.value]).toEqual([true, true, 1]);
  });
});

interface LoggedEvent {
  readonly search: boolean;
  readonly request: number;
  readonly afterMs: number;
  readonly position: number;
  readonly takesPart: boolean;
  readonly teams: string;
}

const logged: fc.Arbitrary<LoggedEvent[]> = fc.array(
  fc.record({
    search: fc.boolean(),
    request: fc.nat(5),
    afterMs: fc.nat(WINDOW_MS / 2),
    position: fc.integer({ min: 1, max: 3 }),
    takesPart: fc.boolean(),
    teams: fc.constantFrom('AB=', 'BA-', '=AB'),
  }),
  { maxLength: 30 },
);

/** Lives through the events, and is kept after so many of them: what is left for who starts then, and what it says itself. */
async function lived(events: readonly LoggedEvent[], keptAfter: number) {
  const settings = { directory: scratchFolder(), fileBytesMax: 2000, filesKept: 20 };
  const log = new AbLog(settings, 1000);
  const live = new AbTally(SETTINGS);
  let atMs = START_MS;
  for (const [at, { search, request, afterMs, position, takesPart, teams }] of events.entries()) {
    atMs += 1 + afterMs;
    const [time, requestId] = [new Date(atMs).toISOString(), `r${request}`];
    const interleaved = { experiment: 'e', A: 'control', B: 'canary', teams };
    const shown = live.impressions.has(requestId, atMs) ? [] : ['1#0', '2#0', '3#0'];
    const line = !search
      ? clickLine(atMs, requestId, position)
      : takesPart
        ? shared(0, { time, requestId, interleaved, shown })
        : searchLine(atMs, { requestId, arms: request < 3 ? [] : of('control'), shown });
    live.take(line);
    log.write(line);
    if (at === keptAfter) writeTotals(settings.directory, live.totals(atMs));
  }
  await log.flush();
  return { settings, live, atMs };
}

describe('the log', () => {
  it('brings back what there was, with the totals of whatever moment, or without any', async () => {
    await fc.assert(
      fc.asyncProperty(logged, fc.nat(40), async (events, keptAfter) => {
        const { settings, live, atMs } = await lived(events, keptAfter);
        const again = new AbTally(SETTINGS);
        const totals = readTotals(settings.directory);
        expect(totals !== null).toBe(keptAfter < events.length);
        if (totals !== null) again.restore(totals);
        await readAbLog(settings, again.neededFromMs, (line) => again.takeAgain(line));
        const told = (tally: AbTally) => {
          tally.advance(atMs);
          const now = [reportOf(tally), tally.impressions.size, tally.sinceMs];
          tally.advance(atMs + WINDOW_MS);
          return [...now, reportOf(tally)];
        };
        // Totals say since when, even where nothing took part yet.
        expect(told(again)).toEqual(told(live));
      }),
      { numRuns: 40 },
    );
  });

  it('needs no lines for what the totals have, and no totals that cannot be read', async () => {
    const events = Array.from({ length: 12 }, (_, at) => ({
      search: at % 2 === 0,
      request: at >> 1,
      afterMs: 1000,
      position: 2,
      takesPart: true,
      teams: 'AB=',
    }));
    const { settings, live, atMs } = await lived(events, 100);
    writeTotals(settings.directory, live.totals(atMs + WINDOW_MS));
    const again = new AbTally(SETTINGS);
    again.restore(readTotals(settings.directory)!);
    expect(reportOf(again)).toEqual(reportOf(live));
    expect(reportOf(again).interleaving).toMatchObject([{ wins: { A: 0, B: 6 }, shown: 6 }]);
    writeFileSync(join(settings.directory, 'ab_totals.json'), '{"version":2}');
    expect(readTotals(settings.directory)).toBeNull();
    expect(writeTotals(join(settings.directory, 'none'), live.totals(atMs))).toBe(false);
  });

  it('is read as far back as it is needed, and older files are not opened', async () => {
    const settings = { directory: scratchFolder(), filesKept: 3 };
    const file = (n: number): string => join(settings.directory, `ab_metrics.jsonl${n === 0 ? '' : `.${n}`}`);
    const at = (hour: number): AbLine => searchLine(START_MS + hour * 3_600_000, { requestId: `at ${hour}` });
    for (const n of [3, 2, 1, 0])
      writeFileSync(file(n), [6 - 2 * n, 7 - 2 * n].map((hour) => `${JSON.stringify(at(hour))}\n`).join(''));
    const from = async (hour: number): Promise<string[]> => {
      const taken: string[] = [];
      await readAbLog(settings, Date.parse(at(hour).time), ({ requestId }) => taken.push(requestId));
      return taken;
    };
    expect(await from(0)).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((hour) => `at ${hour}`));
    expect(await from(5)).toEqual(['at 5', 'at 6', 'at 7']);
    // What nobody needs may be as long as it likes.
    truncateSync(file(2), 2 ** 40);
    expect(await from(5)).toEqual(['at 5', 'at 6', 'at 7']);
    expect(await from(0)).toEqual(['at 4', 'at 5', 'at 6', 'at 7']);
  });

  it('is read past torn lines, and says nothing where it is not there', async () => {
    const settings = { directory: scratchFolder(), fileBytesMax: 65_536, filesKept: 3 };
    const taken: AbLine[] = [];
    await readAbLog(settings, 0, (line) => taken.push(line));
    writeFileSync(join(settings.directory, 'ab_metrics.jsonl.2'), `${JSON.stringify(shared(1))}\n{"kind":"sea`);
    writeFileSync(
      join(settings.directory, 'ab_metrics.jsonl'),
      `null\n[]\n${JSON.stringify(clickLine(START_MS, 'r1', 1))}\n`,
    );
    await readAbLog(settings, 0, (line) => taken.push(line));
    expect(taken.map(({ kind }) => kind)).toEqual(['search', 'click']);
  });

  it('has so many lines a second, counts the others, and is rotated', async () => {
    const settings = { directory: scratchFolder(), fileBytesMax: 1500, filesKept: 2 };
    const log = new AbLog(settings, 3);
    const admitted = Array.from({ length: 10 }, (_, at) => log.admits(START_MS + at * 200));
    expect(admitted.map(Number).join('')).toBe('1110011100');
    expect(log.skipped).toBe(4);
    expect(new AbLog(settings, 0).admits(0)).toBe(false);
    for (let at = 0; at < 20; at++) log.write(searchLine(START_MS + at));
    await log.flush();
    const files = readdirSync(settings.directory).sort();
    expect(files).toEqual(['ab_metrics.jsonl', 'ab_metrics.jsonl.1', 'ab_metrics.jsonl.2']);
    for (const file of files) expect(readFileSync(join(settings.directory, file)).length).toBeLessThanOrEqual(1500);
    expect(log.lost).toBe(0);
  });

  it('that cannot be written costs lines, and they are counted', async () => {
    const directory = join(scratchFolder(), 'file');
    writeFileSync(directory, '');
    const log = new AbLog({ directory, fileBytesMax: 1500, filesKept: 2 }, 100);
    log.write(searchLine(START_MS));
    await log.flush();
    expect(log.lost).toBe(1);
  });
});
