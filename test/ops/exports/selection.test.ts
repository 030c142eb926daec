import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EXPORT_FORMATS, type ParsedSelection, parseSelection, type Selection } from '../../../ops/exports/index.ts';
import { runs } from '../../support/runs.ts';
import { NOW_MS, RETENTION_MS } from './memory-source.ts';

const bounds = { nowMs: NOW_MS, retentionMs: RETENTION_MS };
const parse = (query: string): ParsedSelection => parseSelection(query, bounds);

function accepted(query: string): Selection {
  const parsed = parse(query);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value;
}

function refused(query: string): { field: string; value: string | null; expected: string } {
  const parsed = parse(query);
  if (parsed.ok) throw new Error(`Accepted: ${query}`);
  expect(parsed.faults).toHaveLength(1);
  return parsed.faults[0]!;
}

it('nothing asked for is the last five minutes of whole requests as JSON, second by second', () => {
  expect(accepted('')).toEqual({
    format: 'json',
    buckets: false,
    merged: false,
    fromMs: NOW_MS - 300_000,
    toMs: NOW_MS,
    resolutionS: 1,
    only: new Map([['measure', new Set(['total'])]]),
  });
});

it.each([
  ['now', NOW_MS],
  ['-90s', NOW_MS - 90_000],
  ['-15m', NOW_MS - 15 * 60_000],
  ['now-2h', NOW_MS - 2 * 3_600_000],
  ['-7d', NOW_MS - 7 * 86_400_000],
  ['2026-01-31', Date.UTC(2026, 0, 31)],
  ['2026-01-31T08:30', Date.UTC(2026, 0, 31, 8, 30)],
  ['2026-01-31T08:30:05', Date.UTC(2026, 0, 31, 8, 30, 5)],
  ['2026-01-31T08:30:05.25Z', Date.UTC(2026, 0, 31, 8, 30, 5, 250)],
  ['2026-01-31T08:30:05.123456789Z', Date.UTC(2026, 0, 31, 8, 30, 5, 123)],
  ['2026-01-31T08:30:00%2B02:00', Date.UTC(2026, 0, 31, 6, 30)],
  ['2026-01-31T08:30:00+0200', Date.UTC(2026, 0, 31, 6, 30)],
  ['2026-01-31T06:30:00-02:00', Date.UTC(2026, 0, 31, 8, 30)],
  [`${NOW_MS / 1000 - 60}`, NOW_MS - 60_000],
  [`${NOW_MS / 1000 - 60}.5`, NOW_MS - 59_500],
])('the moment %s', (text, ms) => {
  if (text === 'now') expect(accepted(`to=${text}`).toMs).toBe(ms);
  else expect(accepted(`from=${text}`).fromMs).toBe(ms);
});

it.each([
  '2026-02-30',
  '2026-13-01',
  '2026-01-31T25:00',
  '2026-01-31T08:61',
  '31.1.2026',
  'yesterday',
  '-5',
  '-5y',
  '15m',
  '',
  '1795410000000',
  '-1e3',
  'Infinity',
])('no moment is guessed from %j', (text) => {
  expect(refused(`from=${text}`)).toMatchObject({ field: 'from', value: text });
});

it.each([
  ['-1h', 1],
  ['-61m', 10],
  ['-6h', 10],
  ['-7h', 60],
  ['-2d', 60],
  ['-49h', 3600],
  ['-30d', 3600],
])('from=%s is covered by the intervals of %i seconds, and by no finer ones', (from, resolutionS) => {
  expect(accepted(`from=${from}`).resolutionS).toBe(resolutionS);
});

it('a resolution may be coarser than it needs to be', () => {
  expect(accepted('from=-1h&resolution=1m').resolutionS).toBe(60);
  expect(accepted('from=-3h&resolution=1h').resolutionS).toBe(3600);
});

it('every measure is had by asking for all', () => {
  expect(accepted('measure=all').only).toEqual(new Map());
  expect(accepted('measure=all&measure=queue&cache=hit').only).toEqual(new Map([['cache', new Set(['hit'])]]));
});

it('selectors are gathered by field, and one that is absent lets all through', () => {
  const { only } = accepted('measure=total&endpoint=/search&endpoint=/search/batch&outcome=answered&arm=canary+2%25');
  expect(only).toEqual(
    new Map<string, Set<string>>([
      ['measure', new Set(['total'])],
      ['endpoint', new Set(['/search', '/search/batch'])],
      ['outcome', new Set(['answered'])],
      ['arm', new Set(['canary 2%'])],
    ]),
  );
});

it.each([
  ['format=xml', 'format', 'xml', 'json, csv, hlog, percentiles'],
  ['format=json&format=csv', 'format', 'csv', 'given once'],
  ['resolution=5s', 'resolution', '5s', '1s, 10s, 1m, 1h'],
  ['measure=latency', 'measure', 'latency', 'all, total, queue, service, embed'],
  ['outcome=ok', 'outcome', 'ok', 'answered, invalid, limited'],
  ['cache=maybe', 'cache', 'maybe', 'none, miss, hit, stale'],
  ['rerank=yes', 'rerank', 'yes', 'none, done, dropped'],
  ['endpoint=search', 'endpoint', 'search', 'a route'],
  ['endpoint=', 'endpoint', '', '1 to 200 characters'],
  ['arm=', 'arm', '', '1 to 200 characters'],
  ['buckets=yes&format=csv', 'buckets', 'yes', 'true, false'],
  ['merged=1', 'merged', '1', 'true, false'],
  ['buckets=true', 'buckets', 'true', 'format=csv'],
  ['tag=total', 'tag', 'total', 'measure, endpoint'],
  ['constructor=1', 'constructor', '1', 'one of format'],
  ['__proto__=1', '__proto__', '1', 'one of format'],
])('%s is refused with the field, the value and what was expected', (query, field, value, expected) => {
  const fault = refused(query);
  expect(fault).toMatchObject({ field, value });
  expect(fault.expected).toContain(expected);
});

describe('a range that holds nothing is refused with what there is', () => {
  it.each([
    ['inverted', 'from=-5m&to=-10m', 'to'],
    ['empty', 'from=-5m&to=-5m', 'to'],
    ['to come', 'from=2027-01-01&to=2027-01-02', 'from'],
    ['beyond all retention', 'from=-31d', 'from'],
    ['before the calendar began', 'from=-999999999d', 'from'],
    ['beyond the retention of its resolution', 'from=-2h&resolution=1s', 'from'],
    ['shorter than an interval', 'from=-50m&to=-10m&resolution=1h', 'from'],
  ])('%s', (_, query, field) => {
    const fault = refused(query);
    expect(fault.field).toBe(field);
    expect(fault.expected).toContain(
      '1s since 2026-01-31T11:00:00Z, 10s since 2026-01-31T06:00:00Z, 1m since 2026-01-29T12:00:00Z, ' +
        '1h since 2026-01-01T12:00:00Z; now is 2026-01-31T12:00:00Z',
    );
  });
});

it('every fault is told at once, and long ones are cut', () => {
  const parsed = parse(`format=xml&from=soon&outcome=ok&outcome=bad&${'x'.repeat(500)}=${'y'.repeat(500)}`);
  expect(parsed.ok ? [] : parsed.faults.map(({ field }) => field.slice(0, 10))).toEqual([
    'xxxxxxxxxx',
    'format',
    'outcome',
    'outcome',
    'from',
  ]);
  expect(JSON.stringify(parsed).length).toBeLessThan(1500);
});

it('many values, many parameters and long values are bounded', () => {
  const many = Array.from({ length: 51 }, (_, at) => `arm=a${at}`).join('&');
  expect(refused(many)).toMatchObject({ field: 'arm', expected: 'at most 50 values' });
  expect(refused(`arm=${'a'.repeat(201)}`)).toMatchObject({ field: 'arm' });
  const parsed = parse(Array.from({ length: 5000 }, (_, at) => `p${at}=1`).join('&'));
  expect(parsed.ok ? 0 : parsed.faults.length).toBe(20);
});

describe('whatever stands behind the question mark', () => {
  const name = fc.oneof(
    fc.constantFrom(
      'format',
      'from',
      'to',
      'resolution',
      'buckets',
      'merged',
      'measure',
      'endpoint',
      'outcome',
      'cache',
      'arm',
    ),
    fc.string({ unit: 'binary', maxLength: 12 }),
  );
  const value = fc.oneof(
    fc.constantFrom(...EXPORT_FORMATS, 'now', '-1h', '-40d', '1m', 'true', '/search', 'total', '2026-01-31', '-'),
    fc.string({ unit: 'binary', maxLength: 30 }),
    fc.stringMatching(/^-?\d{0,20}[smhdT:.Z+-]\d{0,9}$/),
  );
  const query = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(fc.tuple(name, value), { maxLength: 6 }).map((pairs) => new URLSearchParams(pairs).toString()),
  );

  it('is refused with reasons or is a selection that can be carried out', () => {
    fc.assert(
      fc.property(query, (text) => {
        const parsed = parse(text);
        if (!parsed.ok) {
          expect(parsed.faults.length).toBeGreaterThan(0);
          return;
        }
        const { fromMs, toMs, resolutionS } = parsed.value;
        const lengthMs = resolutionS * 1000;
        expect(fromMs).toBeGreaterThanOrEqual(NOW_MS - RETENTION_MS[resolutionS]);
        expect(toMs).toBeLessThanOrEqual(NOW_MS);
        expect(Math.ceil(fromMs / lengthMs) * lengthMs).toBeLessThan(toMs);
      }),
      runs(500),
    );
  });
});
