/** What a server does about backups by itself and when asked: one thing at a time, when it is due, and what fails is told. */
import { describe, expect, it } from 'vitest';
import type { BackupResult, BackupTask, ListedBackup, RunOptions } from '../../../engine/backup/index.ts';
import { EngineError } from '../../../engine/errors.ts';
import { BackupJobs } from '../../../server/backup/backup-jobs.ts';
import { nextAfter, timesOf } from '../../../server/backup/schedule.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = Date.UTC(2026, 10, 28);
const POLICY = { keepLast: 1, keepDaily: 0, keepWeekly: 0 };

/** Tasks end when they are told to. */
class FakeWork {
  wallMs = MIDNIGHT + 1000;
  readonly began: BackupTask[] = [];
  readonly went: string[] = [];
  readonly told: string[] = [];
  listed: ListedBackup[] = [];
  /** Merges that may not begin. */
  held = 0;
  options: RunOptions = {};
  end: (result: object) => void = () => {};
  fail: (error: Error) => void = () => {};

  readonly jobs: BackupJobs;

  constructor(at: string, drillDays = 0) {
    this.jobs = new BackupJobs(
      {
        run: (task, options) => {
          this.began.push(task);
          this.options = options;
          return new Promise<BackupResult>((resolve, reject) => {
            this.end = (result) => resolve(result as BackupResult);
            this.fail = reject;
          });
        },
        list: async () => this.listed,
        hold: async () => {
          this.held += 1;
          return () => {
            this.held -= 1;
          };
        },
        goOver: async (result) => {
          const { generation } = 'restored' in result ? result.restored : result.undone!;
          expect(this.held).toBe(1);
          if (generation === 'unfit') throw new EngineError('index_unfit', 'It does not fit');
          this.went.push(generation);
        },
        report: (event, detail) => void this.told.push(detail === null ? event : `${event} ${detail}`),
        wallMs: () => this.wallMs,
      },
      { at, drillDays, policy: POLICY },
    );
  }
}

describe('times of the day', () => {
  it('come after each other, today, and first of all tomorrow', () => {
    const times = timesOf('15:30,03:30');
    const hour = (hours: number): number => MIDNIGHT + hours * 3_600_000;
    expect(nextAfter(times, hour(0))).toBe(hour(3.5));
    expect(nextAfter(times, hour(3.5))).toBe(hour(15.5));
    expect(nextAfter(times, hour(15.5))).toBe(hour(27.5));
    expect(nextAfter(timesOf(''), hour(0))).toBeNull();
  });
});

describe('jobs', () => {
  it('are begun one at a time, and say how far they are and what came of them', async () => {
    const work = new FakeWork('');
    const started = work.jobs.start({ kind: 'verify', id: 'A' });
    expect(started).toEqual({ kind: 'verify', id: 'A', sinceMs: work.wallMs, step: 'starting', percent: 0 });
    expect(() => work.jobs.start({ kind: 'create', policy: null })).toThrow('Another is under way: verify, 0 %');
    work.options.progress!({ step: 'verifying', percent: 40 });
    expect(work.jobs.underway).toMatchObject({ step: 'verifying', percent: 40 });
    work.end({ id: 'A', sound: false, detail: 'One is damaged' });
    await work.jobs.settled();
    expect(work.jobs.underway).toBeNull();
    expect(work.jobs.last).toMatchObject([
      { kind: 'verify', id: 'A', failure: { code: 'backup_damaged', detail: 'One is damaged' } },
    ]);
    expect(work.told).toEqual(['backup_failed verify A: One is damaged']);
  });

  it('that restore let the new generation serve, and have failed where it cannot', async () => {
    const work = new FakeWork('');
    for (const generation of ['G2', 'unfit']) {
      work.jobs.start({ kind: 'restore', id: 'A', discardMax: 0, swap: false });
      // No merge is under way: it begins.
      await Promise.resolve();
      work.end({ restored: { generation } });
      await work.jobs.settled();
    }
    expect(work.went).toEqual(['G2']);
    expect(work.told).toEqual(['backup_done', 'backup_failed restore A: It does not fit']);
  });

  it('are begun when they are due, once, and again the next day after a failure', async () => {
    const work = new FakeWork('03:30');
    await work.jobs.look();
    expect(work.began).toEqual([]);
    work.wallMs = MIDNIGHT + 4 * 3_600_000;
    const looked = work.jobs.look();
    await work.jobs.look();
    expect(work.began).toEqual([{ kind: 'create', policy: POLICY }]);
    work.fail(new EngineError('backup_unreachable', 'Nobody there'));
    await looked;
    await work.jobs.look();
    expect(work.began).toHaveLength(1);
    expect(work.told).toEqual(['backup_failed create: Nobody there']);
    work.wallMs += DAY_MS;
    void work.jobs.look();
    expect(work.began).toHaveLength(2);
  });

  it('wait for what is under way when they come due', async () => {
    const work = new FakeWork('03:30');
    work.jobs.start({ kind: 'verify', id: 'A' });
    work.wallMs = MIDNIGHT + 4 * 3_600_000;
    await work.jobs.look();
    expect(work.began).toHaveLength(1);
    work.end({ sound: true });
    await work.jobs.settled();
    void work.jobs.look();
    expect(work.began.map(({ kind }) => kind)).toEqual(['verify', 'create']);
  });

  it('are followed by a drill where the last one is long ago', async () => {
    for (const [ageDays, kinds] of [
      [7, ['create', 'drill']],
      [6, ['create']],
    ] as const) {
      const work = new FakeWork('03:30', 7);
      work.wallMs = MIDNIGHT + 4 * 3_600_000;
      const at = new Date(work.wallMs - ageDays * DAY_MS).toISOString();
      work.listed = [
        {
          id: 'old',
          summary: null,
          damage: '',
          check: { verifiedAt: at, sound: true, detail: null, faults: [], drill: { at, passed: true, detail: null } },
        },
      ];
      const looked = work.jobs.look();
      work.end({ backup: { id: 'new' } });
      await work.jobs.settled();
      // The list is asked for, then the drill begun.
      await new Promise((resolve) => setImmediate(resolve));
      expect(work.began.map(({ kind }) => kind)).toEqual(kinds);
      work.end({ passed: true });
      await looked;
    }
  });

  it('are told to end when the server does', async () => {
    const work = new FakeWork('');
    work.jobs.start({ kind: 'create', policy: null });
    work.options.signal!.addEventListener('abort', () => work.fail(work.options.signal!.reason as Error));
    await work.jobs.close();
    expect(work.told).toEqual(['backup_failed create: The server is shutting down']);
  });
});
