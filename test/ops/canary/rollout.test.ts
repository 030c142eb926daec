/** Steps of a rollout: what holds one up, what ends it, and that nothing begins again by itself. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, obstacles, type Progress, type RolloutPlan, type Seen } from '../../../ops/canary/index.ts';

const plan: RolloutPlan = {
  steps: [1, 5, 25, 100],
  stepMsMin: 60_000,
  stepRequestsMin: 100,
  margin: 0.05,
  alpha: 0.05,
  stepMsMax: 3_600_000,
};
const none = { error: 0, slow: 0, very_slow: 0, empty: 0, degraded: 0 };
const seen = (parts: Partial<Seen> = {}, requests = 2000): Seen => ({
  verdict: { kind: 'none' },
  canary: { requests, bad: none },
  control: { requests: 10 * requests, bad: none },
  budgetLeft: true,
  ...parts,
});
const running = (step = 0): Progress => ({ phase: 'running', step, stepAtMs: 0, reason: '' });

describe('a step', () => {
  it('is taken when it has lasted, enough was seen, nothing is worse and there is a budget', () => {
    expect(advance(plan, running(), seen(), 59_999)).toEqual(running());
    expect(advance(plan, running(), seen({}, 99), 60_000)).toEqual(running());
    expect(advance(plan, running(), seen({ budgetLeft: false }), 60_000)).toEqual(running());
    expect(advance(plan, running(), seen(), 60_000)).toMatchObject({ phase: 'running', step: 1, stepAtMs: 60_000 });
  });

  it('is not taken while the canary may be worse by more than the margin, and says by how much', () => {
    const doubtful = seen({ canary: { requests: 100, bad: { ...none, slow: 3 } } });
    expect(advance(plan, running(), doubtful, 60_000)).toEqual(running());
    expect(obstacles(plan, running(), doubtful, 60_000).join()).toMatch(/slow may be \d+\.\d\d % more frequent/);
    const sure = seen({ canary: { requests: 20_000, bad: { ...none, slow: 30 } } });
    expect(obstacles(plan, running(), sure, 60_000)).toEqual([]);
  });

  it('behind the last one promotes', () => {
    expect(advance(plan, running(3), seen(), 60_000).phase).toBe('promoted');
  });

  it('that tells nothing for too long ends without a finding', () => {
    expect(advance(plan, running(), seen({}, 5), 3_600_001)).toMatchObject({
      phase: 'inconclusive',
      reason: expect.stringContaining('95 more requests') as string,
    });
  });
});

describe('what ends it', () => {
  it.each([
    [{ kind: 'worse', by: 'error' }, 'rolled_back', 'error'],
    [{ kind: 'failing', consecutive: 5 }, 'rolled_back', '5 requests failed'],
    [{ kind: 'sample_ratio' }, 'paused', 'shares'],
  ] as const)('%j', (verdict, phase, reason) => {
    const after = advance(plan, running(2), seen({ verdict }), 0);
    expect(after).toMatchObject({ phase, step: 2 });
    expect(after.reason).toContain(reason);
  });

  it('holds: only a running one moves, and it never moves back', () => {
    const phases = ['pending', 'paused', 'inconclusive', 'promoted', 'rolled_back'] as const;
    fc.assert(
      fc.property(fc.constantFrom(...phases), fc.nat(3), fc.nat(), fc.nat(5000), (phase, step, nowMs, requests) => {
        const progress: Progress = { phase, step, stepAtMs: 0, reason: 'as it was' };
        expect(advance(plan, progress, seen({}, requests), nowMs)).toBe(progress);
        const next = advance(plan, running(step), seen({}, requests), nowMs);
        expect(next.step).toBeGreaterThanOrEqual(next.phase === 'promoted' ? 3 : step);
        expect(next.step - step).toBeLessThanOrEqual(1);
      }),
    );
  });
});
