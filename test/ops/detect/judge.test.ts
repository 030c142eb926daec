import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { createDetectors, detectSchema } from '../../../ops/detect/index.ts';
import { INCIDENT_TYPES, SEVERITIES } from '../../../ops/incident-type.ts';
import type { Observation } from '../../../ops/observation.ts';
import { runs } from '../../support/runs.ts';
import { seconds } from './observations.ts';

const settings = detectSchema.parse({});
const OBJECTIVES = { availabilityTarget: 0.995, latencyTarget: 0.95 };

const count = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 1e9 }));
const share = fc.double({ min: 0, max: 1, noNaN: true });
/** Anything that counts and clocks can say, whether or not it makes sense together. */
const observed: fc.Arbitrary<Observation> = fc.record({
  nowS: fc.constant(0),
  elapsedS: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 1e6, noNaN: true })),
  ...(Object.fromEntries(
    [
      'requests',
      'valid',
      'failed',
      'answered',
      'slow',
      'limited',
      'shed',
      'invalid',
      'aborted',
      'cacheLookups',
      'cacheHits',
    ]
      .concat([
        'cacheErrors',
        'modelAsked',
        'modelFailed',
        'modelsUnavailable',
        'empty',
        'residentBytes',
        'memoryBytesMax',
      ])
      .map((name) => [name, count]),
  ) as Record<Exclude<keyof Observation, 'talkers' | 'nowS' | 'elapsedS'>, fc.Arbitrary<number>>),
  queueMsP95: fc.double({ min: 0, max: 1e6, noNaN: true }),
  rungNo: fc.nat(6),
  loopDelayMsMax: fc.double({ min: 0, max: 1e6, noNaN: true }),
  loopUtilisation: share,
  gcShare: share,
  cpuShare: share,
  talkers: fc.array(fc.record({ client: fc.ipV4(), requests: count, errorMax: count }), { maxLength: 3 }),
});

describe('all detectors together', () => {
  test('say something true to form whatever they see: finite numbers, a severity exactly while firing, one sentence', () => {
    fc.assert(
      fc.property(fc.array(observed, { minLength: 1, maxLength: 60 }), (stream) => {
        const detectors = createDetectors(settings, OBJECTIVES);
        let nowS = 0;
        for (const observation of stream) {
          nowS += observation.elapsedS;
          const verdicts = detectors.step({ ...observation, nowS });
          expect(verdicts.map(({ detector }) => detector)).toEqual(Object.keys(settings));
          for (const { detector, incident, firing, severity, sinceS, level, why, numbers } of verdicts) {
            expect(INCIDENT_TYPES).toContain(incident);
            expect(severity !== null, detector).toBe(firing);
            if (severity !== null) expect(SEVERITIES).toContain(severity);
            if (sinceS !== null) expect(sinceS).toBeLessThanOrEqual(nowS);
            expect(sinceS !== null, detector).toBe(firing);
            expect(level >= 0 && Number.isFinite(level), `${detector} ${level}`).toBe(true);
            if (firing) expect(level).toBeGreaterThanOrEqual(1);
            for (const [name, value] of Object.entries(numbers))
              expect(value, `${detector} ${name}`).toSatisfy(Number.isFinite);
            expect(why).toMatch(/^[A-Z0-9][^\n]*[^.\n]$/);
            expect(why).not.toMatch(/NaN|undefined|Infinity/);
          }
        }
      }),
      runs(30),
    );
  });

  test('advance and step are the same step', () => {
    fc.assert(
      fc.property(fc.array(observed, { maxLength: 40 }), (stream) => {
        const one = createDetectors(settings, OBJECTIVES);
        const other = createDetectors(settings, OBJECTIVES);
        for (const observation of stream) {
          const fired = one.step(observation).map(({ firing }) => firing);
          expect(other.advance(observation)).toEqual(fired);
        }
        expect(one.watched.map(({ detector }) => detector)).toEqual(Object.keys(settings));
      }),
    );
  });

  test('say since when they fire, and survive JSON', () => {
    const detectors = createDetectors(settings, OBJECTIVES);
    const sinceS = [...seconds(30, (at) => (at >= 10 ? { failed: 50, answered: 0 } : {}))].map((observation) => {
      const verdict = detectors.step(observation)[0]!;
      expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
      return verdict.sinceS;
    });
    expect(sinceS).toEqual(sinceS.map((_, at) => (at < 15 ? null : 16)));
  });
});

describe('the settings', () => {
  test('are numbers with a range, a default within it and a sentence each, in one group a detector', () => {
    for (const [group, schema] of Object.entries(detectSchema.shape)) {
      const fields = (schema.unwrap() as z.ZodObject).shape;
      for (const [name, field] of Object.entries(fields)) {
        const place = `${group}.${name}`;
        expect((field as z.ZodType).description, place).toMatch(/^[A-Z]/);
        const preset = (settings as Record<string, Record<string, number>>)[group]![name]!;
        expect(preset, place).toBeTypeOf('number');
        expect((field as z.ZodType).safeParse(-1).success, place).toBe(false);
        expect((field as z.ZodType).safeParse(1e12).success, place).toBe(false);
      }
    }
    expect(detectSchema.safeParse({ errors: { fastMultipel: 3 } }).success).toBe(false);
  });
});
