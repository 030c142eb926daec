/** Who is told of an incident, where, and when does the next one hear of it? `incidents.notify`. */
import { z } from 'zod';
import { channelSchema } from './settings/channel-schemas.ts';
import { maintenanceSchema } from './settings/maintenance.ts';
import { namesIn } from './settings/names.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

const CHANNELS_MAX = 50;
const MAINTENANCE_MAX = 100;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$/;

const level = (contact: string) =>
  z
    .strictObject({
      contact: z.string().max(256).default(contact).describe('Who that is'),
      channels: z
        .string()
        .max(1024)
        .default('')
        .describe('Channels that reach them, separated by commas; empty passes the level over'),
    })
    .prefault({});

const LEVELS = ['level1', 'level2', 'level3', 'level4'] as const;

const timeout = (preset: number, severity: string) =>
  int(
    0,
    10_080,
    preset,
    `Minutes until the next level hears of a ${severity} one that nobody acknowledges; 0 for never`,
  );

export const notifySchema = z
  .strictObject({
    directory: z
      .string()
      .min(1)
      .max(1024)
      .default('data/notify')
      .describe('Folder of the notices that wait to be delivered'),
    channels: z
      .record(z.string().regex(NAME, 'a name of letters, digits, - and _'), channelSchema)
      .refine((channels) => Object.keys(channels).length <= CHANNELS_MAX, `at most ${CHANNELS_MAX} channels`)
      .default({})
      .describe('Channels by names of your own, each with its kind; none tells nobody'),
    level1: level('On-call Engineer'),
    level2: level('Senior Engineer'),
    level3: level('Engineering Manager'),
    level4: level('CTO'),
    timeoutMinutes: z
      .strictObject({
        critical: timeout(5, 'critical'),
        high: timeout(15, 'high'),
        medium: timeout(60, 'medium'),
        low: timeout(0, 'low'),
      })
      .prefault({}),
    repeatsMax: int(0, 5, 5, 'How often it begins anew at the first level after the last one'),
    acknowledgedMinutes: int(
      1,
      10_080,
      30,
      'Minutes for which an acknowledgement holds; without mitigation the calls go on then',
    ),
    budgetPerHour: int(1, 10_000, 30, 'Most calls in an hour; what lies beyond is told in one digest'),
    criticalReservePercent: int(0, 100, 33, 'Share of them that is for critical incidents alone'),
    maintenance: z
      .array(maintenanceSchema)
      .max(MAINTENANCE_MAX)
      .default([])
      .describe('Times in which nobody is called, once or each week'),
    waitingMax: int(10, 100_000, 1000, 'Notices that may wait; beyond it the least severe and oldest are given up'),
    deadLettersMax: int(1, 100_000, 200, 'Notices kept that could not be delivered'),
    retryBaseMs: int(100, 60_000, 1000, 'Longest pause before the second attempt; it doubles with each one'),
    retryCapMs: int(1000, 3_600_000, 120_000, 'Longest pause between attempts'),
    giveUpHours: int(1, 168, 24, 'Hours after which a notice that could not be delivered is given up'),
  })
  .superRefine((settings, context) => {
    const known = Object.keys(settings.channels);
    for (const name of LEVELS) {
      const strange = namesIn(settings[name].channels).filter((channel) => !known.includes(channel));
      if (strange.length === 0) continue;
      const message = `names of channels, of ${known.join(', ') || 'which there are none yet'}, not ${strange.join(', ')}`;
      context.addIssue({ code: 'custom', path: [name, 'channels'], message });
    }
  });

export type NotifySettings = z.infer<typeof notifySchema>;

/** Names of the channels of the four levels. */
export const levelsOf = (settings: NotifySettings): readonly (readonly string[])[] =>
  LEVELS.map((name) => [...new Set(namesIn(settings[name].channels))]);
