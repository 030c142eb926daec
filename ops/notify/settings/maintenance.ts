/** When is it known beforehand that something will be wrong? Times in which nobody is called, once or each week. */
import { z } from 'zod';
import { INCIDENT_TYPES, SEVERITIES } from '../../incident-type.ts';

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};

/** Without an offset it would be that of the machine. */
const OFFSET = /(?:Z|[+-]\d\d:\d\d)$/;
const isMoment = (text: string): boolean => OFFSET.test(text) && !Number.isNaN(Date.parse(text));
const moment = (about: string) =>
  z.string().max(64).refine(isMoment, 'a time with its offset, such as 2027-01-31T22:00+01:00').describe(about);

const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const timeOfDay = (about: string) => z.string().regex(TIME_OF_DAY, 'a time of the day, such as 02:00').describe(about);

/** What a silence or a time of maintenance is about; an empty list restricts nothing. */
export const matchersShape = {
  types: z.array(z.enum(INCIDENT_TYPES)).max(20).default([]).describe('Incidents that it is about; none for all'),
  severities: z.array(z.enum(SEVERITIES)).max(4).default([]).describe('Severities that it is about; none for all'),
  components: z
    .array(z.string().min(1).max(256))
    .max(100)
    .default([])
    .describe('Components of which one must be affected; none for all'),
};

const reason = z.string().min(1).max(1024).describe('Why');

const once = z
  .strictObject({
    repeat: z.literal('never').describe('A single time'),
    from: moment('Its first moment'),
    to: moment('The first moment after it'),
    ...matchersShape,
    reason,
  })
  .refine(({ from, to }) => !(Date.parse(from) >= Date.parse(to)), { message: 'a time after from', path: ['to'] });

const weekly = z.strictObject({
  repeat: z.literal('weekly').describe('Each week'),
  days: z.array(z.enum(DAYS)).min(1).max(7).describe('Days on which it begins'),
  from: timeOfDay('When it begins'),
  to: timeOfDay('When it ends; on the day after where that is not later than from'),
  timeZone: z
    .string()
    .max(64)
    .refine(isTimeZone, 'a time zone, such as Europe/Berlin')
    .default('UTC')
    .describe('Whose clocks that is by'),
  ...matchersShape,
  reason,
});

export const maintenanceSchema = z.discriminatedUnion('repeat', [once, weekly], { error: 'one of never, weekly' });
export type Maintenance = z.infer<typeof maintenanceSchema>;
export type WeeklyMaintenance = z.infer<typeof weekly>;
