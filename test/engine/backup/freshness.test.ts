/** How much would be lost now? Told of the newest backup that is known to be sound, and of no other. */
import { expect, it } from 'vitest';
import { freshnessOf } from '../../../engine/backup/freshness.ts';
import type { ListedBackup } from '../../../engine/backup/job.ts';
import { periodMs, timesOf } from '../../../server/backup/schedule.ts';
import { backupGauges } from '../../../server/stats/backup-gauges.ts';

const AT_MS = Date.UTC(2026, 0, 2);
const at = (agoS: number): string => new Date(AT_MS - agoS * 1000).toISOString();

interface Made {
  readonly sound?: boolean;
  readonly upTo?: number;
  readonly drill?: { readonly agoS: number; readonly passed: boolean };
}

function backup(agoS: number, { sound = true, upTo, drill }: Made = {}): ListedBackup {
  const counts = { posts: 1, passages: 1, vectors: 0, terms: 1, postings: 1 };
  const createdAt = at(agoS);
  return {
    id: `made-${agoS}`,
    summary: {
      id: `made-${agoS}`,
      createdAt,
      generation: { name: 'G', format: 2, createdAt, source: 'posts.jsonl', counts },
      journalUpTo: upTo ?? null,
      journal: upTo === undefined ? null : { history: 'h', changed: 1, damage: [] },
      totals: { bytes: 1, objects: 1, bytesAdded: 1, objectsAdded: 1 },
      audit: null,
    },
    damage: null,
    check: {
      verifiedAt: createdAt,
      sound,
      detail: null,
      faults: [],
      drill: drill === undefined ? null : { at: at(drill.agoS), passed: drill.passed, detail: null },
    },
  };
}

const now = { wallMs: AT_MS, position: { history: 'h', sequence: 12 } };

it('is told of the newest sound one, with what came since and the drills of all', () => {
  const listed = [
    backup(500, { drill: { agoS: 90, passed: true } }),
    backup(300, { upTo: 10, drill: { agoS: 40, passed: false } }),
    backup(100, { sound: false, upTo: 12 }),
  ];
  expect(freshnessOf(listed, now)).toEqual({
    newest: { id: 'made-300', createdAt: at(300), ageS: 300 },
    changesSince: 2,
    drill: { id: 'made-300', at: at(40), passed: false, detail: null },
    drillPassedAt: at(90),
  });
  expect(backupGauges(freshnessOf(listed, now), AT_MS).map(({ name, value }) => [name, value])).toEqual([
    ['wp_chat_backup_age_seconds', 300],
    ['wp_chat_backup_changes_since', 2],
    ['wp_chat_backup_drill_passed', 0],
    ['wp_chat_backup_drill_age_seconds', 90],
  ]);
});

it('does not guess: nothing of a backup of another history, of none, and of what was never listed', () => {
  expect(freshnessOf([backup(1, { upTo: 3 })], { ...now, position: { history: 'other', sequence: 9 } })).toMatchObject({
    changesSince: null,
  });
  expect(freshnessOf([backup(1)], now)).toMatchObject({ newest: { ageS: 1 }, changesSince: null, drill: null });
  expect(freshnessOf([], now)).toEqual({ newest: null, changesSince: null, drill: null, drillPassedAt: null });
  expect([backupGauges(null, AT_MS), backupGauges(freshnessOf([], now), AT_MS)]).toEqual([[], []]);
});

it('is late by the longest time between two of a schedule', () => {
  const hours = (text: string): number | null => {
    const period = periodMs(timesOf(text));
    return period === null ? null : period / 3_600_000;
  };
  expect([hours(''), hours('03:30'), hours('15:00,03:00'), hours('01:00,02:00')]).toEqual([null, 24, 12, 23]);
});
