import { describe, expect, it } from 'vitest';
import { severityOf, sloSchema } from '../../../ops/slo/index.ts';

const settings = sloSchema.parse({});
const of = (successPercent: number | null, latencyMsP95: number | null) =>
  severityOf({ successPercent, latencyMsP95 }, settings);

describe("the runbook's table", () => {
  it.each([
    [94.9, 'critical'],
    [95, 'high'],
    [98.9, 'high'],
    [99, 'medium'],
    [99.49, 'medium'],
    [99.5, 'low'],
    [99.79, 'low'],
    [99.8, null],
    [100, null],
  ])('a success rate of %s %% is %s', (success, severity) => expect(of(success, 100)).toBe(severity));

  it.each([
    [5001, 'critical'],
    [5000, 'high'],
    [2001, 'high'],
    [2000, 'medium'],
    [1001, 'medium'],
    [1000, 'low'],
    [801, 'low'],
    [800, null],
  ])('a 95th percentile of %s ms is %s', (latency, severity) => expect(of(100, latency)).toBe(severity));

  it('takes the worse of the two, and nothing from what was not measured', () => {
    expect(of(99.6, 6000)).toBe('critical');
    expect(of(90, 900)).toBe('critical');
    expect(of(null, 900)).toBe('low');
    expect(of(98, null)).toBe('high');
    expect(of(null, null)).toBeNull();
  });
});
