/** What queries cost, as far as it is measured: what nobody measures any more is not believed for good. */
import { expect, it } from 'vitest';
import { Demand, STALE_MS } from '../../../server/overload/demand.ts';
import { kindOf } from '../../../server/overload/rung.ts';

const SETTINGS = { candidatesFewer: 50, rerankDepthFewer: 8, candidates: 100, rerankDepth: 20 };
const RERANKED = { mode: 'hybrid', rerank: true, candidatesMax: null, rerankDepthMax: null, variants: [] } as const;
const KIND = kindOf(RERANKED);
const STEP_MS = 100;

/** Two reranked queries a second are asked for, for so long. */
function passes(demand: Demand, ms: number, served: number | null = null): void {
  for (let at = 0; at < ms; at += STEP_MS) {
    if (at % 500 === 0) {
      demand.asked(RERANKED);
      if (served !== null) demand.served(KIND, served);
    }
    demand.step(STEP_MS);
  }
}

it('what nobody measures is stale after a while; what was never measured is not known, which is something else', () => {
  const demand = new Demand();
  expect(demand.isStale(KIND)).toBe(false);
  passes(demand, 2000, 5000);
  passes(demand, STALE_MS - 1000);
  expect(demand.isStale(KIND)).toBe(false);
  passes(demand, 1500);
  expect(demand.isStale(KIND)).toBe(true);
  expect(demand.workersNeededOn(0, SETTINGS)).toBeGreaterThan(10);
});

it('what is tried again is believed at once: a model that is slow still is left out after the first answer', () => {
  const demand = new Demand();
  passes(demand, 5000, 5000);
  passes(demand, 60_000);
  demand.served(KIND, 900);
  expect(demand.expectedMs(KIND)).toBe(900);
});

it('what is measured is believed, however long it goes on', () => {
  const demand = new Demand();
  passes(demand, 120_000, 900);
  expect(demand.expectedMs(KIND)).toBeCloseTo(900, 6);
});
