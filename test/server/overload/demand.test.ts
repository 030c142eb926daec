/** What queries cost, as far as it is measured: what nobody measures any more is not believed for good. */
import { expect, it } from 'vitest';
import { Demand } from '../../../server/overload/demand.ts';
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

it('a slow start that put reranking off does not keep it off: within a minute it would fit again', () => {
  const demand = new Demand();
  passes(demand, 5000, 5000);
  expect(demand.workersNeededOn(0, SETTINGS)).toBeGreaterThan(10);
  // Reranking is off: nothing of the kind is measured.
  passes(demand, 15_000);
  expect(demand.workersNeededOn(0, SETTINGS)).toBeGreaterThan(10);
  passes(demand, 45_000);
  expect(demand.workersNeededOn(0, SETTINGS)).toBeLessThan(0.75);
});

it('what is measured is believed, however long it goes on', () => {
  const demand = new Demand();
  passes(demand, 120_000, 900);
  expect(demand.expectedMs(KIND)).toBeCloseTo(900, 6);
});
