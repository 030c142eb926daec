/** What may be set about backups: where to, how often, and which stay. Keys of a service come from the environment alone. */
import { z } from 'zod';
import type { Policy, TargetSettings } from '../../engine/backup/index.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

/** Times of a day, such as 03:30 or 03:30,15:30. */
const TIMES = /^$|^([01]\d|2[0-3]):[0-5]\d(,([01]\d|2[0-3]):[0-5]\d){0,23}$/;

export const backupSchema = z.strictObject({
  target: z
    .string()
    .min(1)
    .max(1024)
    .default('data/backups')
    .describe('Folder of the backups, better one of another disk; or s3://BUCKET/PREFIX'),
  endpoint: z
    .string()
    .max(1024)
    .default('')
    .describe("Address of an S3-compatible service, such as https://minio.example:9000; empty for Amazon's own"),
  region: z.string().min(1).max(64).default('us-east-1').describe('Region of the bucket'),
  timeoutMs: int(100, 600_000, 30_000, 'Time that one request to the service may take'),
  retriesMax: int(0, 20, 5, 'How often a request is tried again that failed for what may pass'),
  at: z
    .string()
    .max(256)
    .refine((text) => TIMES.test(text), 'times of the day as 03:30 or 03:30,15:30, or an empty text')
    .default('')
    .describe('When a running server makes a backup, in UTC, as 03:30 or 03:30,15:30; empty for never'),
  drillDays: int(
    0,
    366,
    7,
    'After a backup of that kind it is restored aside and asked, where that was last done so long ago; 0 for never',
  ),
  keepLast: int(1, 10_000, 3, 'Newest backups that stay'),
  keepDaily: int(0, 10_000, 7, 'Days with a backup of which the newest stays'),
  keepWeekly: int(0, 10_000, 4, 'Weeks with a backup of which the newest stays'),
});

export type BackupSettings = z.infer<typeof backupSchema>;

export const targetOf = ({ target, endpoint, region, timeoutMs, retriesMax }: BackupSettings): TargetSettings => ({
  target,
  endpoint,
  region,
  timeoutMs,
  retriesMax,
});

export const policyOf = ({ keepLast, keepDaily, keepWeekly }: BackupSettings): Policy => ({
  keepLast,
  keepDaily,
  keepWeekly,
});
