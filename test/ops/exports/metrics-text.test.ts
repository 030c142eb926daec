import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundText, METRICS_CONTENT_TYPES, type MetricsState, metricsText } from '../../../ops/exports/index.ts';
import { BOUNDS_NS } from '../../../ops/metrics/totals.ts';
import type { Arm } from '../../../ops/sample.ts';
import { runs } from '../../support/runs.ts';
import { SERIES } from './memory-source.ts';
import { metricsState, snapshot, totalsOf } from './metrics-state.ts';
import { checkMetrics, hasPromtool } from './oracles.ts';
import { type ReadFamily, readExposition } from './read-exposition.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const state = metricsState(5, NOW_MS);
const FORMATS = ['openmetrics', 'text'] as const;
const inFormat = (of: MetricsState, format: 'openmetrics' | 'text'): Map<string, ReadFamily> =>
  readExposition(metricsText(of, format), format);

const sampleValue = (
  families: Map<string, ReadFamily>,
  name: string,
  labels: Record<string, string>,
): number | undefined =>
  [...families.values()]
    .flatMap(({ samples }) => samples)
    .find(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
    )?.value;

describe.each(FORMATS)('as %s', (format) => {
  const families = inFormat(state, format);

  it('every histogram is what was counted, cumulative, and ends at its count', () => {
    const names = { total: 'request', queue: 'queue', service: 'service' } as const;
    for (const { series, buckets, count, sumNs } of state.totals) {
      const name = `wp_chat_${names[series.measure as 'total'] ?? 'stage'}_duration_seconds`;
      const { measure, ...rest } = series;
      const labels: Record<string, string> =
        name === 'wp_chat_stage_duration_seconds' ? { stage: measure } : measure === 'service' ? {} : { ...rest };
      let seen = 0;
      for (const [at, le] of [...BOUNDS_NS.map((ns) => ns / 1e9), '+Inf'].entries()) {
        seen += buckets[at]!;
        const text = typeof le === 'string' ? le : boundText(le * 1e9);
        expect(sampleValue(families, `${name}_bucket`, { ...labels, le: text })).toBe(seen);
      }
      expect(sampleValue(families, `${name}_count`, labels)).toBe(count);
      expect(sampleValue(families, `${name}_sum`, labels)).toBeCloseTo(sumNs / 1e9, 9);
    }
    expect(families.get('wp_chat_request_duration_seconds')!.type).toBe('histogram');
  });

  it('requests are counted by endpoint and outcome, also the outcomes that have not happened', () => {
    const of = (endpoint: string, outcome: string): number | undefined =>
      sampleValue(families, 'wp_chat_requests_total', { endpoint, outcome });
    const answered = state.totals
      .filter(
        ({ series: { measure, endpoint, outcome } }) =>
          [measure, endpoint, outcome].join() === 'total,/search,answered',
      )
      .reduce((sum, { count }) => sum + count, 0);
    expect(of('/search', 'answered')).toBe(answered);
    expect(of('/search', 'deadline')).toBe(0);
    expect(of('/search/batch', 'failed')).toBe(0);
    expect(of('/stats/health', 'answered')).toBeGreaterThan(0);
  });

  it.each([
    ['wp_chat_degradations_total', { reason: 'rerank_failed' }, 7],
    ['wp_chat_lost_lines_total', { log: 'api_errors' }, 3],
    ['wp_chat_lost_lines_total', { log: 'slo_metrics' }, 2],
    ['wp_chat_events_total', { event: 'cache;error' }, 1],
    ['wp_chat_detector_firing', { detector: 'errors', incident: 'high_error_rate' }, 1],
    ['wp_chat_detector_firing', { detector: 'slowness', incident: 'high_latency' }, 0],
    ['wp_chat_detector_level', { detector: 'errors' }, 1.75],
    ['wp_chat_objective_target_ratio', { objective: 'search-availability' }, 0.995],
    ['wp_chat_objective_window_seconds', { objective: 'search-latency' }, 28 * 86_400],
    ['wp_chat_objective_events', { objective: 'search-availability', quality: 'bad' }, 5000],
    ['wp_chat_error_budget_left_ratio', { objective: 'search-availability' }, -0.125],
    ['wp_chat_error_budget_burn_rate', { objective: 'search-availability', window: '1h' }, 2],
    ['wp_chat_error_budget_burn_rate', { objective: 'search-availability', window: '30m' }, 8.25],
    ['wp_chat_error_budget_burn_rate', { objective: 'search-availability', window: '3d' }, 0],
    ['wp_chat_error_budget_burn_rate', { objective: 'search-availability', window: '1d' }, undefined],
    ['wp_chat_error_budget_burn_rate_max', { severity: 'critical', long: '1h', short: '5m' }, 14.4],
    ['wp_chat_error_budget_burn_firing', { severity: 'high' }, 1],
    ['wp_chat_incidents_open', { type: 'high_error_rate', severity: 'high' }, 2],
    ['wp_chat_cache_hit_ratio', {}, 0.625],
    ['process_resident_memory_bytes', {}, 700_000_000],
    ['process_start_time_seconds', {}, (NOW_MS - 1_234_500) / 1000],
    ['wp_chat_event_loop_delay_max_seconds', {}, 0.012],
    ['wp_chat_workers_lost_total', {}, 1],
    ['wp_chat_queue_queries', {}, 4],
    ['wp_chat_cpu_utilization_ratio', {}, 0.375],
    ['wp_chat_index_info', { generation: '20260131T080000-abcdef' }, 1],
    ['wp_chat_build_info', { version: '0.1.0' }, 1],
    ['wp_chat_model_info', { role: 'reranker', name: 'reranker-tiny', state: 'failed' }, 1],
    ['wp_chat_arm_share_ratio', { arm: 'control' }, 1],
  ] as const)('%s of %j is %s', (name, labels, value) => {
    expect(sampleValue(families, name, labels)).toBe(value);
  });

  it('every family says its help and type, and its unit where it has one', () => {
    for (const { name, type, help, unit } of families.values()) {
      expect(help, name).toMatch(/^[A-Z].*\.$/);
      expect(type, name).toMatch(/^(gauge|counter|histogram|info)$/);
      const ending = /_(seconds|bytes|ratio)$/.exec(name)?.[1] ?? '';
      expect(unit, name).toBe(format === 'openmetrics' ? ending : '');
    }
    expect(families.size).toBeGreaterThan(40);
  });

  it('before anything was counted it is a whole page', () => {
    const empty = { startedMs: NOW_MS, totals: [], events: new Map<string, number>(), snapshot: null };
    expect(inFormat(empty, format).size).toBe(0);
    expect(inFormat({ ...empty, snapshot: snapshot(NOW_MS) }, format).size).toBeGreaterThan(20);
  });
});

it('both formats have the same samples, but for what only OpenMetrics can say', () => {
  const plain = (format: 'openmetrics' | 'text'): string[] =>
    metricsText(state, format)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#') && !/^\w+_created\b/.test(line))
      .map((line) => line.replace(/ # .*/, ''));
  expect(plain('openmetrics')).toEqual(plain('text'));
  expect(METRICS_CONTENT_TYPES.openmetrics).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
  expect(METRICS_CONTENT_TYPES.text).toBe('text/plain; version=0.0.4; charset=utf-8');
});

it('bounds are written with a decimal point, so that a rule that names one holds for both formats', () => {
  expect(BOUNDS_NS.map(boundText)).toEqual([
    ...['0.0001', '0.00025', '0.0005', '0.001', '0.0025', '0.005', '0.01', '0.025', '0.05', '0.1', '0.2', '0.4', '0.8'],
    ...['1.0', '2.0', '5.0', '10.0'],
  ]);
});

it('OpenMetrics says since when each histogram and counter has counted', () => {
  const families = inFormat(state, 'openmetrics');
  for (const { type, name, samples } of families.values()) {
    const created = samples.filter((sample) => sample.name === `${name}_created`);
    const ends = type === 'counter' ? '_total' : '_count';
    const counted = samples.filter((sample) => sample.name === `${name}${ends}`);
    expect(created.map(({ labels }) => labels)).toEqual(counted.map(({ labels }) => labels));
    for (const { value } of created) expect(value).toBe((NOW_MS - 1_234_500) / 1000);
  }
});

describe('exemplars', () => {
  it('stand in their own bucket, with the request and its time', () => {
    let lower = -1;
    let shown = 0;
    for (const { name, labels, exemplar } of inFormat(state, 'openmetrics').get('wp_chat_request_duration_seconds')!
      .samples) {
      if (!name.endsWith('_bucket')) continue;
      const upper = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
      if (upper < lower) lower = -1;
      if (exemplar !== null) {
        expect(exemplar.value).toBeGreaterThan(lower);
        expect(exemplar.value).toBeLessThanOrEqual(upper);
        expect(exemplar.labels['trace_id']).toMatch(/^request-\d+-total$/);
        expect(exemplar.timeS).toBeGreaterThanOrEqual(NOW_MS / 1000 - 60);
        shown += 1;
      }
      lower = upper;
    }
    expect(shown).toBeGreaterThan(50);
    expect(metricsText(state, 'text')).not.toContain('trace_id');
  });

  const [series] = SERIES;
  const withExemplar = (requestId: string, ns: number): string => {
    const totals = { ...totalsOf(series!, [3_000_000], NOW_MS) };
    const bucket = totals.buckets.findIndex((count) => count > 0);
    const exemplars = new Map([[bucket, { requestId, ns, timeMs: NOW_MS }]]);
    return metricsText({ ...state, totals: [{ ...totals, exemplars }] }, 'openmetrics');
  };

  it('whose labels are longer than 128 characters are left out, counted in characters and not in bytes', () => {
    expect(withExemplar('é'.repeat(120), 3_000_000)).toContain('trace_id');
    expect(withExemplar('🦊'.repeat(120), 3_000_000)).toContain('trace_id');
    expect(withExemplar('é'.repeat(121), 3_000_000)).not.toContain('trace_id');
    expect(withExemplar('', 3_000_000)).not.toContain('trace_id');
  });

  it('that are not in their bucket are left out', () => {
    expect(withExemplar('a', 2_500_000)).not.toContain('trace_id');
    expect(withExemplar('a', 2_500_001)).toContain('trace_id');
    expect(withExemplar('a', 5_000_000)).toContain('trace_id');
    expect(withExemplar('a', 5_000_001)).not.toContain('trace_id');
  });
});

function withTexts(texts: readonly string[]): MetricsState {
  const [first] = SERIES;
  const at = (index: number): string => texts[index % texts.length]!;
  const base = snapshot(NOW_MS);
  return {
    startedMs: NOW_MS,
    totals: texts.map((arm: Arm, serial) =>
      totalsOf({ ...first!, arm, endpoint: at(serial + 1) }, [1_000_000 * (serial + 1)], NOW_MS),
    ),
    events: new Map(
      texts.flatMap((text, serial) => [
        [`degraded;${text}`, serial],
        [`lost;${text}`, serial],
        [`x${text}`, 1],
      ]),
    ),
    snapshot: {
      ...base,
      process: { ...base.process, version: at(0) },
      index: { ...base.index, generation: at(1) },
      detectors: [{ ...base.detectors[0]!, detector: at(0) }],
      objectives: [{ ...base.objectives[0]!, name: at(0), endpoints: [...texts] }],
    },
  };
}

const HOSTILE = [
  'a\nb',
  '\r\n# EOF\n',
  '"} 1\nwp_chat_evil 1 # {',
  '\\',
  '\\n',
  '\\"',
  'ünïcode 🦊 中文 \u202e',
  'a\0b',
  '\ud800 half',
  '{le="0.1"}',
  '',
  'x'.repeat(10_000),
];

it.each(FORMATS)('hostile labels are labels, and nothing else, as %s', (format) => {
  const families = inFormat(withTexts(HOSTILE), format);
  const arms = families
    .get('wp_chat_request_duration_seconds')!
    .samples.filter(({ name }) => name.endsWith('_count'))
    .map(({ labels }) => labels['arm']);
  const written = (text: string): string => text.replace('\0', '\ufffd').replace('\ud800', '\ufffd');
  expect(arms).toEqual(HOSTILE.map(written));
  expect([...families.keys()].every((name) => /^(wp_chat|process)_\w+$/.test(name) && !name.includes('evil'))).toBe(
    true,
  );
});

it('any labels make a page that can be read back', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 20 }), { minLength: 1, maxLength: 4 }),
      fc.constantFrom(...FORMATS),
      (texts, format) => {
        const read = inFormat(withTexts(texts), format).get('wp_chat_request_duration_seconds')!;
        const arms = new Set(read.samples.map(({ labels }) => labels['arm']));
        expect(arms).toEqual(new Set(texts.map((text) => text.replaceAll('\0', '\ufffd'))));
      },
    ),
    runs(30),
  );
});

describe.skipIf(!hasPromtool)('promtool check metrics', () => {
  it('has no finding', () => {
    expect(checkMetrics(metricsText(state, 'text'))).toEqual({ status: 0, findings: '' });
  });

  it('has no finding where labels are hostile', () => {
    expect(checkMetrics(metricsText(withTexts(HOSTILE), 'text'))).toEqual({ status: 0, findings: '' });
  });

  it('would have one', () => {
    expect(checkMetrics('wp_chat_x_total{a="\n"} 1\n').status).not.toBe(0);
    expect(checkMetrics('# HELP a_ms A.\n# TYPE a_ms counter\na_ms 1\n').findings).toContain('_total');
  });
});
