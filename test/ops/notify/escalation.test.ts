/**
 * Is everybody called who must be, nobody who need not be, and nobody twice, whatever happens and in whatever order?
 *
 * `ESCALATION_RUNS=5000` for a soak.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Dispatch } from '../../../ops/notify/escalation/state.ts';
import { NOTHING_YET } from '../../../ops/notify/escalation/state.ts';
import { step } from '../../../ops/notify/escalation/step.ts';
import { isPage, type Notice } from '../../../ops/notify/notice.ts';
import { anyEvents, anyRules, type Look, MINUTE_MS, run, STEP_MS, viewWith } from './world.ts';

const HOUR_MS = 60 * MINUTE_MS;
const RUNS = Number(process.env['ESCALATION_RUNS'] ?? 120);

const isCall = ({ notice }: Dispatch): boolean => isPage(notice.state) && notice.type !== 'digest';
const names = (notice: Notice, id: string): boolean =>
  notice.incidentId === id || (notice.type === 'digest' && notice.summary.includes(`[${id}]`));

function always(promise: (looks: readonly Look[]) => void): void {
  fc.assert(
    fc.property(anyEvents, anyRules, (events, rules) => promise(run(events, rules))),
    { numRuns: RUNS },
  );
}

describe('whatever happens', () => {
  it('there are never more calls in an hour than the budget, nor more for the others than its reserve leaves', () => {
    always((looks) => {
      const calls = looks.flatMap(({ nowMs, dispatches, rules }) =>
        dispatches.filter(isCall).map(({ notice }) => ({ nowMs, rules, critical: notice.severity === 'critical' })),
      );
      for (const [at, { nowMs, rules, critical }] of calls.entries()) {
        const before = calls.slice(0, at + 1).filter((call) => call.nowMs > nowMs - HOUR_MS).length;
        expect(before).toBeLessThanOrEqual(rules.budgetPerHour - (critical ? 0 : rules.criticalReserve));
      }
    });
  });

  it('a new digest comes an hour after the last one at the earliest', () => {
    always((looks) => {
      const opened = looks.flatMap(({ nowMs, dispatches }) =>
        dispatches.filter(({ notice }) => notice.type === 'digest' && notice.state === 'opened').map(() => nowMs),
      );
      for (const [at, ms] of opened.entries()) if (at > 0) expect(ms - opened[at - 1]!).toBeGreaterThanOrEqual(HOUR_MS);
    });
  });

  it('a critical incident that nobody works on is not silent for longer than its time-out and a minute', () => {
    always((looks) => {
      const since = new Map<string, number>();
      for (const { nowMs, incidents, dispatches, isQuiet, rules, after } of looks) {
        const last = rules.levels.findLastIndex((called) => called.length > 0) + 1;
        for (const view of incidents) {
          const { acknowledgedMs } = view;
          const isHeld = acknowledgedMs !== null && nowMs < acknowledgedMs + rules.acknowledgedMs;
          const isTold = dispatches.some(({ notice }) => isPage(notice.state) && names(notice, view.id));
          const track = after.tracks.find(({ id }) => id === view.id);
          // Everybody has been called as often as may be.
          const isExhausted = track?.level === last && track.repeats === rules.repeatsMax;
          if (view.severity !== 'critical' || view.phase !== 'open' || isHeld || isQuiet(view) || isExhausted)
            since.delete(view.id);
          else if (isTold || !since.has(view.id)) since.set(view.id, nowMs);
          else expect(nowMs - since.get(view.id)!).toBeLessThanOrEqual(rules.timeoutMs.critical! + MINUTE_MS + STEP_MS);
        }
      }
    });
  });

  it('nobody is called about what is over, mitigated, silenced or held by somebody', () => {
    always((looks) => {
      for (const { nowMs, incidents, dispatches, isQuiet, rules } of looks) {
        for (const { notice } of dispatches.filter(isCall)) {
          const view = incidents.find(({ id }) => id === notice.incidentId)!;
          expect(view.phase).toBe('open');
          expect(isQuiet(view)).toBe(false);
          if (view.acknowledgedMs !== null)
            expect(nowMs).toBeGreaterThanOrEqual(
              view.acknowledgedMs + (notice.state === 'reopened' ? 0 : rules.acknowledgedMs),
            );
        }
      }
    });
  });

  it('whoever was told of an incident is told its end, once, and nothing after it until it is opened again', () => {
    always((looks) => {
      const told = new Map<string, Set<string>>();
      for (const { dispatches, incidents } of looks) {
        for (const { notice, channels } of dispatches) {
          const names = told.get(notice.incidentId) ?? new Set();
          told.set(notice.incidentId, names);
          if (isPage(notice.state)) for (const channel of channels) names.add(channel);
          // Followed up where something was said, and nowhere else.
          else expect([...channels].sort()).toEqual([...names].sort());
          if (notice.state === 'resolved') names.clear();
        }
        for (const [id, names] of told) {
          const view = incidents.find((one) => one.id === id);
          if (!id.startsWith('digest') && (view === undefined || view.phase === 'resolved'))
            expect([...names]).toEqual([]);
        }
      }
    });
  });

  it('no two notices have the same key', () => {
    always((looks) => {
      const keys = looks.flatMap(({ dispatches }) => dispatches.map(({ key }) => key));
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  it('a restart between any two looks changes nothing, and a step that is made again says the same', () => {
    fc.assert(
      fc.property(anyEvents, anyRules, (events, rules) => {
        const through = run(events, rules);
        const restarted = run(events, rules, (state) => JSON.parse(JSON.stringify(state)) as typeof state);
        expect(restarted.map(({ dispatches }) => dispatches)).toEqual(through.map(({ dispatches }) => dispatches));
        for (const look of through)
          expect(step(look.before, look.incidents, look.nowMs, look.rules).dispatches).toEqual(look.dispatches);
      }),
      { numRuns: 40 },
    );
  });
});

describe('one critical incident', () => {
  const rules = {
    ...fc.sample(anyRules, { numRuns: 1, seed: 1 })[0]!,
    repeatsMax: 1,
    budgetPerHour: 100,
    criticalReserve: 0,
  };
  const room = [{ channel: 'room', severityMin: 'low' as const }];
  const four = { ...rules, levels: [room, room, room, room] };

  /** What is said, minute by minute. */
  function minutes(count: number, viewAt: (minute: number) => Parameters<typeof viewWith>[0]): string[] {
    let state = NOTHING_YET;
    const said: string[] = [];
    for (let minute = 0; minute < count; minute++) {
      const nowMs = Date.UTC(2026, 10, 28) + minute * MINUTE_MS;
      const next = step(state, [viewWith(viewAt(minute))], nowMs, four);
      state = next.state;
      for (const { notice } of next.dispatches) said.push(`${minute} ${notice.state} ${notice.level}`);
    }
    return said;
  }

  it('goes up a level each five minutes, begins anew, and stops', () => {
    expect(minutes(120, () => ({}))).toEqual([
      '0 opened 1',
      '5 escalated 2',
      '10 escalated 3',
      '15 escalated 4',
      '20 escalated 1',
      '25 escalated 2',
      '30 escalated 3',
      '35 escalated 4',
    ]);
  });

  it('waits for who acknowledged it, and goes on half an hour later at that level', () => {
    const acknowledgedMs = Date.UTC(2026, 10, 28) + 7 * MINUTE_MS;
    expect(minutes(45, (minute) => ({ acknowledgedMs: minute < 7 ? null : acknowledgedMs }))).toEqual([
      '0 opened 1',
      '5 escalated 2',
      '7 acknowledged 2',
      '37 escalated 2',
      '42 escalated 3',
    ]);
  });

  it('is followed up where mitigation holds, and called about again where it does not', () => {
    const phase = (minute: number) =>
      minute < 3 ? 'open' : minute < 6 ? 'mitigated' : minute < 9 ? 'open' : 'resolved';
    expect(minutes(12, (minute) => ({ phase: phase(minute) }))).toEqual([
      '0 opened 1',
      '3 mitigated 1',
      '6 reopened 1',
      '9 resolved 1',
    ]);
  });

  it('is called about at once where it has become worse', () => {
    expect(minutes(9, (minute) => ({ severity: minute < 3 ? 'high' : 'critical' }))).toEqual([
      '0 opened 1',
      '3 escalated 1',
      '8 escalated 2',
    ]);
  });
});

it('what a budget keeps back is told in one notice, again for critical ones, and that ends after an hour', () => {
  const pager = [{ channel: 'pager', severityMin: 'low' as const }];
  const timeoutMs = { critical: null, high: null, medium: null, low: null };
  const one = fc.sample(anyRules, { numRuns: 1, seed: 1 })[0]!;
  const rules = { ...one, levels: [pager, [], [], []], timeoutMs, budgetPerHour: 1, criticalReserve: 0 };
  const views = (['high', 'medium', 'critical', 'critical', 'low'] as const).map((severity, at) =>
    viewWith({ id: `i${at}`, severity }),
  );
  const said: string[] = [];
  let state = NOTHING_YET;
  for (let half = 0; half < 250; half++) {
    // One more each half minute.
    const next = step(state, views.slice(0, half + 1), Date.UTC(2026, 10, 28) + (half * MINUTE_MS) / 2, rules);
    state = next.state;
    for (const { notice } of next.dispatches)
      said.push(
        `${half / 2} ${notice.type === 'digest' ? `digest of ${notice.numbers['incidents']}` : notice.incidentId} ${notice.state}`,
      );
  }
  expect(said).toEqual([
    '0 i0 opened',
    '0.5 digest of 1 opened',
    // The critical one comes at 1, half a minute after the last time; the next one of 1.5 comes with it.
    '1.5 digest of 2 escalated',
    '60 i4 opened',
    '60.5 digest of 2 resolved',
  ]);
});
