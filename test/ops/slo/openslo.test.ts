import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { EngineError } from '../../../engine/errors.ts';
import {
  judgementOf,
  type Objective,
  openSlo,
  openSloAsYaml,
  presetObjectives,
  readOpenSlo,
  sloSchema,
  tiersOf,
} from '../../../ops/slo/index.ts';
import { runs } from '../../support/runs.ts';
import { scratchFolder } from '../../support/scratch.ts';

const settings = sloSchema.parse({});
const tiers = tiersOf(settings);
const presets = presetObjectives(settings);
const written = openSloAsYaml(openSlo(presets, tiers));

function refusalOf(text: string): EngineError {
  try {
    readOpenSlo(text, 'slo.yml', tiers);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('It was taken');
}

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?$/);
const objective: fc.Arbitrary<Objective> = fc.record({
  name,
  indicator: fc.oneof(
    fc.constant({ kind: 'availability' } as const),
    fc.record({ kind: fc.constant('latency' as const), thresholdMs: fc.integer({ min: 1, max: 600_000 }) }),
  ),
  endpoints: fc.uniqueArray(fc.constantFrom('/search', '/search/batch#query', '/a:b', '/#', '/é'), {
    minLength: 1,
  }),
  targetPercent: fc.integer({ min: 1000, max: 99_999 }).map((thousandths) => thousandths / 1000),
  windowDays: fc.integer({ min: 1, max: 35 }),
});

describe('an OpenSLO file', () => {
  it('gives back the objectives and rates that it was written from', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(objective, { minLength: 1, maxLength: 20, selector: (one) => one.name }),
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 4, maxLength: 4 }),
        (objectives, tenths) => {
          const rates = tiers.map((tier, at) => ({ ...tier, burnMax: tenths[at]! / 10 }));
          const text = openSloAsYaml(openSlo(objectives, rates));
          expect(readOpenSlo(text, 'slo.yml', tiers)).toEqual({ objectives, tiers: rates });
        },
      ),
    );
  });

  it('is what the settings say, where they name it', () => {
    const file = join(scratchFolder(), 'slo.yml');
    const [availability] = presets;
    writeFileSync(file, openSloAsYaml(openSlo([{ ...availability!, targetPercent: 99.9, windowDays: 7 }], tiers)));
    expect(judgementOf(sloSchema.parse({ file })).objectives).toEqual([
      { ...availability, targetPercent: 99.9, windowDays: 7 },
    ]);
    expect(judgementOf(settings)).toEqual({ objectives: presets, tiers });
  });

  it('has what version 1 asks of each kind', () => {
    const documents = parseAllDocuments(written).map((document) => document.toJS() as Record<string, never>);
    expect(documents.map(({ kind }) => kind)).toEqual([
      'Service',
      ...Array(3).fill('SLO'),
      ...Array(4).fill('AlertPolicy'),
      'AlertNotificationTarget',
    ]);
    for (const { apiVersion, kind, metadata, spec } of documents as unknown as {
      apiVersion: string;
      kind: string;
      metadata: { name: string };
      spec: Record<string, never>;
    }[]) {
      expect(apiVersion).toBe('openslo/v1');
      expect(metadata.name).toMatch(/^[a-z0-9-]{1,63}$/);
      if (kind === 'SLO') {
        expect(spec).toMatchObject({
          service: 'wp-chat',
          budgetingMethod: 'Occurrences',
          timeWindow: [{ duration: '28d', isRolling: true }],
        });
        const [{ target }] = spec['objectives'] as unknown as [{ target: number }];
        expect([0.995, 0.95, 0.99]).toContain(target);
      }
      if (kind === 'AlertPolicy') {
        const [{ spec: alert }] = spec['conditions'] as unknown as [{ spec: { condition: object } }];
        expect(alert.condition).toMatchObject({
          kind: 'burnrate',
          threshold: expect.any(Number),
          lookbackWindow: expect.stringMatching(/^\d+h$/),
          alertAfter: '0m',
        });
      }
    }
  });

  const SLO = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: fast
spec:
  indicatorRef: fast
  timeWindow:
    - duration: 4w
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - targetPercent: 99.9
---
apiVersion: openslo/v1
kind: SLI
metadata:
  name: fast
spec:
  ratioMetric:
    counter: true
    bad: &source
      metricSource:
        type: wp-chat
        spec: {indicator: latency, thresholdMs: 400, endpoints: [/search]}
    total: *source
`;

  it('may be written by hand: weeks, an indicator of its own, bad events for good ones, anchors', () => {
    expect(readOpenSlo(SLO, 'slo.yml', tiers)).toEqual({
      objectives: [
        {
          name: 'fast',
          indicator: { kind: 'latency', thresholdMs: 400 },
          endpoints: ['/search'],
          targetPercent: 99.9,
          windowDays: 28,
        },
      ],
      tiers,
    });
  });

  it.each([
    ['kind: SLI', 'kind: DataSource', /^slo\.yml:15: kind: expected SLO or SLI or .*, got "DataSource"/],
    ['openslo/v1', 'openslo/v1alpha', /^slo\.yml:1: apiVersion: expected openslo\/v1, got "openslo\/v1alpha"/],
    ['name: fast', 'name: Fast!', /^slo\.yml:4: metadata\.name: expected a name, got "Fast!"/],
    ['Occurrences', 'Timeslices', /^slo\.yml:10: spec\.budgetingMethod: expected Occurrences, got "Timeslices"/],
    ['isRolling: true', 'isRolling: false', /^slo\.yml:9: spec\.timeWindow\[0\]\.isRolling: expected true, got false/],
    [
      'isRolling: true',
      'calendar: {startTime: 2026-01-01 00:00:00, timeZone: UTC}',
      /^slo\.yml:9: spec\.timeWindow\[0\]\.calendar: expected no calendar, got "2 keys"/,
    ],
    ['4w', '1M', /^slo\.yml:8: spec\.timeWindow\[0\]\.duration: expected 1d to 35d in whole days or weeks, got "1M"/],
    ['4w', '36h', /duration: expected .*, got "36h"/],
    ['4w', '91d', /duration: expected .*, got "91d"/],
    [
      'targetPercent: 99.9',
      'targetPercent: 100',
      /^slo\.yml:12: spec\.objectives\[0\]\.targetPercent: expected a number from 1 to 99\.999, got 100/,
    ],
    ['targetPercent: 99.9', 'target: 99.9', /target: expected a number from 0\.01 to 0\.99999, got 99\.9/],
    ['targetPercent: 99.9', 'target: "0.9"', /target: expected a number .*, got "0\.9"/],
    ['targetPercent: 99.9', 'timeSliceTarget: 0.9', /expected one of the fields displayName, target, targetPercent/],
    [
      'targetPercent: 99.9',
      'target: 0.9\n    - target: 0.99',
      /^slo\.yml:12: spec\.objectives: expected a list of exactly one/,
    ],
    [
      'type: wp-chat',
      'type: Prometheus',
      /^slo\.yml:23: spec\.ratioMetric\.bad\.metricSource\.type: expected wp-chat, got "Prometheus"/,
    ],
    ['indicator: latency', 'indicator: freshness', /indicator: expected availability or latency, got "freshness"/],
    [
      'indicator: latency',
      'indicator: availability',
      /thresholdMs: expected no threshold beside availability, got 400/,
    ],
    ['thresholdMs: 400, ', '', /thresholdMs: expected a value, got nothing/],
    ['thresholdMs: 400', 'thresholdMs: 0', /thresholdMs: expected a number from 1 to 600000, got 0/],
    ['[/search]', '[]', /endpoints: expected a list of 1 to 20, got "a list of 0"/],
    ['[/search]', '[search]', /endpoints\[0\]: expected a path, got "search"/],
    ['counter: true', 'counter: false', /counter: expected true, got false/],
    ['bad: &source', 'raw: &source', /expected one of the fields counter, good, bad, total, got nothing/],
    ['ratioMetric:', 'thresholdMetric:', /^slo\.yml:19: spec\.thresholdMetric: expected one of the fields/],
    ['indicatorRef: fast', 'indicatorRef: slow', /^slo\.yml:6: spec\.indicatorRef: expected fast, got "slow"/],
    ['  objectives:', '  objectivs:', /^slo\.yml:11: spec\.objectivs: expected one of the fields/],
    ['indicatorRef: fast', 'service: site', /spec\.indicator: expected a value, got nothing/],
    [
      'indicatorRef: fast',
      'indicatorRef: fast\n  alertPolicies: [{alertPolicyRef: page}]',
      /alertPolicyRef: expected an AlertPolicy of this file, got "page"/,
    ],
    ['kind: SLI', 'kind: [SLI', /^slo\.yml:16: not readable as YAML: /],
    ['kind: SLI', 'kind: SLI\nkind: SLI', /^slo\.yml:16: not readable as YAML: Map keys must be unique/],
  ])('that says %s as %s is refused, with line, field, value and what is expected', (right, wrong, message) => {
    const refusal = refusalOf(SLO.replace(right, wrong));
    expect(refusal.code).toBe('config_invalid');
    expect(refusal.message).toMatch(message);
  });

  it('that is refused for one thing says what to do about it; for several, all of them', () => {
    expect(refusalOf(SLO.replace('Occurrences', 'Timeslices')).place).toEqual({
      file: 'slo.yml',
      line: 10,
      field: 'spec.budgetingMethod',
      value: 'Timeslices',
      expected: 'Occurrences',
      remedy: 'Count events; budgets of time slices are not kept',
    });
    const both = refusalOf(SLO.replace('Occurrences', 'Timeslices').replace('kind: SLI', 'kind: Dashboard'));
    expect(both.message.split('\n')).toEqual([
      expect.stringMatching(/^slo\.yml:15: kind: .*: Take the document out: it means nothing here$/),
      expect.stringMatching(/^slo\.yml:10: spec\.budgetingMethod: .*: Count events; budgets of time slices/),
    ]);
  });

  it.each([
    ['severity: high', 'severity: sev2', /severity: expected critical or high or medium or low, got "sev2"/],
    ['severity: high', 'severity: low', /lookbackWindow: expected 72h, got "6h"/],
    ['lookbackWindow: 6h', 'lookbackWindow: 5h', /lookbackWindow: expected 6h, got "5h"/],
    ['short-window: 30m', 'short-window: 20m', /short-window: expected 30m, got "20m"/],
    ['threshold: 6', 'threshold: 0', /threshold: expected a number from 0\.1 to 1000, got 0/],
    ['op: gt', 'op: lt', /op: expected gt, got "lt"/],
    ['alertAfter: 0m', 'alertAfter: 5m', /alertAfter: expected 0m, got "5m"/],
    ['alertWhenNoData: false', 'alertWhenNoData: true', /alertWhenNoData: expected false, got true/],
    ['    - alertPolicyRef: burn-low\n', '', /alertPolicies: expected all policies of the file .* burn-low missing/],
    ['alertPolicyRef: burn-low', 'alertPolicyRef: other', /alertPolicyRef: expected burn-critical or .*, got "other"/],
  ])('with a policy that says %s as %s is refused', (right, wrong, message) => {
    expect(written).toContain(right);
    expect(refusalOf(written.replace(right, wrong)).message).toMatch(message);
  });

  it('takes conditions that stand apart from their policies', () => {
    const text = `${SLO.replace('  objectives:', '  alertPolicies: [{alertPolicyRef: page}]\n  objectives:')}---
apiVersion: openslo/v1
kind: AlertPolicy
metadata: {name: page}
spec:
  alertWhenBreaching: true
  conditions: [{conditionRef: fast-burn}]
  notificationTargets: [{targetRef: somebody}]
---
apiVersion: openslo/v1
kind: AlertCondition
metadata: {name: fast-burn}
spec:
  severity: critical
  condition: {kind: burnrate, threshold: 10, lookbackWindow: 1h, alertAfter: 0m}
`;
    expect(readOpenSlo(text, 'slo.yml', tiers).tiers.map(({ burnMax }) => burnMax)).toEqual([10, 6, 3, 1]);
  });

  it.each([
    ['', /expected 1 to 20 documents of kind SLO, got 0$/],
    ['---\n---\n', /expected 1 to 20 documents of kind SLO, got 0$/],
    ['just words', /^slo\.yml:1: document: expected keys below it, got "just words"/],
    ['- a\n- b', /^slo\.yml:1: document: expected keys below it, got "a list of 2"/],
    [SLO.replace('*source', '*sauce'), /not readable as YAML|expected/],
    [`${SLO}---\n${SLO}`, /metadata\.name: expected a name that no other SLO has, got "fast"/],
  ])('that holds %j is refused', (text, message) => expect(refusalOf(text).message).toMatch(message));

  it('ends in a refusal or in objectives, whatever is done to it', () => {
    fc.assert(
      fc.property(
        fc.nat(written.length),
        fc.nat(40),
        fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom('*a', '&a', '\n', ': ', '- ', '{', '[', '"', '---\n')),
        (at, length, put) => {
          const text = written.slice(0, at) + put + written.slice(at + length);
          try {
            expect(readOpenSlo(text, 'slo.yml', tiers).objectives.length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toBeInstanceOf(EngineError);
          }
        },
      ),
      runs(50),
    );
  });

  it('that is not there is refused by its name', () => {
    const file = join(scratchFolder(), 'none.yml');
    expect(() => judgementOf(sloSchema.parse({ file }))).toThrow(`Cannot read the objectives: ENOENT: ${file}`);
    expect(() => readFileSync(file)).toThrow();
  });
});
