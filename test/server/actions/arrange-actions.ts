/** An action before what a test holds in its hands, asked for as everybody does it. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SearchOutcome, SearchResult } from '../../../engine/types.ts';
import { type ActionDefinition, type ActionRecord, ActionRunner, type Asked } from '../../../ops/actions/index.ts';
import type { Measures } from '../../../server/actions/measures.ts';
import { requestFor, resultFor } from '../cache/sample-result.ts';

export interface Acted {
  readonly runner: ActionRunner;
  readonly clock: { ms: number };
  /** By an operator who has looked at the preview. */
  readonly execute: (parameters?: object, more?: Partial<Asked>) => Promise<ActionRecord>;
  readonly preview: (parameters?: object) => Promise<{ objection: string | null; steps: readonly string[] }>;
  /** So much later. */
  readonly pass: (ms: number) => Promise<void>;
}

export function acted(definition: ActionDefinition, clock = { ms: Date.UTC(2026, 0, 1) }): Acted {
  let serial = 0;
  const runner = new ActionRunner({
    actions: [definition],
    nowMs: () => clock.ms,
    steadyMs: () => clock.ms,
    nextId: () => `run-${++serial}`,
    told: () => {},
  });
  const { id: actionId } = definition;
  return {
    runner,
    clock,
    execute: (parameters = {}, more = {}) =>
      runner.execute({ actionId, parameters, by: 'ada', confirm: true, incidentId: 'I1', ...more }),
    preview: (parameters = {}) => runner.preview({ actionId, parameters, incidentId: 'I1' }),
    pass: async (ms) => {
      clock.ms += ms;
      await runner.step();
      await turn();
    },
  };
}

export const answered = (result: Partial<SearchResult> = {}): SearchOutcome => ({
  kind: 'ok',
  result: resultFor('probe', result),
});

/** Measures that say what the test lets them say; time passes when it is waited for. */
export class FakeMeasures implements Measures {
  outcome: SearchOutcome = answered();
  /** By what was waited since the start, in seconds. */
  p95: (waitedS: number) => number | null = () => null;
  hit: number | null = null;
  lookups: (waitedS: number) => number = () => 0;
  waitedMs = 0;

  request(): ReturnType<Measures['request']> {
    return requestFor('probe');
  }

  async ask(): Promise<SearchOutcome> {
    return this.outcome;
  }

  p95Ms(): number | null {
    return this.p95(this.waitedMs / 1000);
  }

  hitPercent(): number | null {
    return this.hit;
  }

  lookupsPerSecond(): number {
    return this.lookups(this.waitedMs / 1000);
  }

  async wait(ms: number): Promise<void> {
    this.waitedMs += ms;
    await turn();
  }
}
