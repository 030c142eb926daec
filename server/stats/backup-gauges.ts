/** What /metrics says of backups: how much would be lost now, and whether one was ever proved. */
import type { Freshness } from '../../engine/backup/index.ts';

interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

/** Only what is known. */
export function backupGauges(freshness: Freshness | null, nowMs: number): Gauge[] {
  if (freshness === null) return [];
  const { newest, changesSince, drill, drillPassedAt } = freshness;
  const known: [name: string, help: string, value: number | null][] = [
    ['age_seconds', 'Age of the newest sound backup.', newest?.ageS ?? null],
    ['changes_since', 'Changes acknowledged since the position of the newest sound backup.', changesSince],
    ['drill_passed', 'Whether the last drill passed, 1 or 0.', drill && Number(drill.passed)],
    [
      'drill_age_seconds',
      'Time since a drill passed.',
      drillPassedAt === null ? null : Math.max(0, (nowMs - Date.parse(drillPassedAt)) / 1000),
    ],
  ];
  return known.flatMap(([name, help, value]) =>
    value === null ? [] : [{ name: `wp_chat_backup_${name}`, help, value }],
  );
}
