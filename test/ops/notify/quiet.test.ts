/** When must nobody be called? Silences and times of maintenance, by the clocks of where they are. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Quiet, quietReason, type Silence } from '../../../ops/notify/escalation/quiet.ts';
import { DAYS, maintenanceSchema } from '../../../ops/notify/settings/maintenance.ts';
import { viewWith } from './world.ts';

const weekly = (part: object): Quiet => ({
  silences: [],
  maintenance: [maintenanceSchema.parse({ repeat: 'weekly', reason: 'backups', ...part })],
});
const isQuiet = (quiet: Quiet, time: string, part = {}): boolean =>
  quietReason(quiet, viewWith(part), Date.parse(time)) !== null;

describe('maintenance', () => {
  it('each week is by the clocks of its place, in summer as in winter', () => {
    const quiet = weekly({ days: ['sun'], from: '02:00', to: '04:00', timeZone: 'Europe/Berlin' });
    expect(quietReason(quiet, viewWith(), Date.parse('2026-11-29T01:00Z'))).toBe('Maintenance: backups');
    expect(isQuiet(quiet, '2026-11-29T00:59:59Z')).toBe(false);
    expect(isQuiet(quiet, '2026-11-29T03:00Z')).toBe(false);
    expect(isQuiet(quiet, '2026-07-05T00:00Z')).toBe(true);
    expect(isQuiet(quiet, '2026-07-05T02:00Z')).toBe(false);
    // On 29 March the clocks go from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
    expect(isQuiet(quiet, '2026-03-29T00:59Z')).toBe(false);
    expect(isQuiet(quiet, '2026-03-29T01:00Z')).toBe(true);
    expect(isQuiet(quiet, '2026-03-29T02:00Z')).toBe(false);
    for (const hour of ['00', '01', '02']) expect(isQuiet(quiet, `2026-10-25T${hour}:30Z`)).toBe(true);
    expect(isQuiet(quiet, '2026-10-25T03:00Z')).toBe(false);
  });

  it('over midnight belongs to the day on which it begins', () => {
    const quiet = weekly({ days: ['sat'], from: '22:00', to: '02:00' });
    expect(isQuiet(quiet, '2026-11-28T22:00Z')).toBe(true);
    expect(isQuiet(quiet, '2026-11-29T01:59Z')).toBe(true);
    expect(isQuiet(quiet, '2026-11-29T02:00Z')).toBe(false);
    expect(isQuiet(quiet, '2026-11-28T01:00Z')).toBe(false);
  });

  it('in UTC is what counting minutes says', () => {
    const time = fc
      .tuple(fc.nat(23), fc.nat(59))
      .map((parts) => parts.map((one) => String(one).padStart(2, '0')).join(':'));
    const minutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));
    fc.assert(
      fc.property(fc.subarray([...DAYS], { minLength: 1 }), time, time, fc.nat(10_079), (days, from, to, minute) => {
        const sunday = Date.UTC(2026, 10, 29);
        const lasts = (minutes(to) - minutes(from) + 1440) % 1440 || 1440;
        const expected = days.some(
          (day) => (minute - DAYS.indexOf(day) * 1440 - minutes(from) + 2 * 10_080) % 10_080 < lasts,
        );
        const quiet = weekly({ days, from, to });
        expect(quietReason(quiet, viewWith(), sunday + minute * 60_000) !== null).toBe(expected);
      }),
    );
  });

  it('once is from its first moment to before its last, for what it is about', () => {
    const time = {
      repeat: 'never',
      from: '2026-12-01T22:00+01:00',
      to: '2026-12-01T23:00+01:00',
      severities: ['low'],
      reason: 'r',
    };
    const quiet: Quiet = { silences: [], maintenance: [maintenanceSchema.parse(time)] };
    expect(isQuiet(quiet, '2026-12-01T20:59:59Z', { severity: 'low' })).toBe(false);
    expect(isQuiet(quiet, '2026-12-01T21:00Z', { severity: 'low' })).toBe(true);
    expect(isQuiet(quiet, '2026-12-01T22:00Z', { severity: 'low' })).toBe(false);
    expect(isQuiet(quiet, '2026-12-01T21:00Z', { severity: 'critical' })).toBe(false);
  });
});

it('a silence is about what fits each of its lists, until it ends', () => {
  const silence: Silence = {
    id: 's',
    author: 'ada',
    reason: 'known',
    createdMs: 0,
    endsMs: 1000,
    types: ['high_latency', 'cache_failure'],
    severities: [],
    components: ['search'],
  };
  const quiet = { silences: [silence], maintenance: [] };
  expect(quietReason(quiet, viewWith(), 999)).toBe('Silenced by ada: known');
  expect(quietReason(quiet, viewWith(), 1000)).toBeNull();
  expect(quietReason(quiet, viewWith({ type: 'model_failure' }), 0)).toBeNull();
  expect(quietReason(quiet, viewWith({ components: ['other'] }), 0)).toBeNull();
});
