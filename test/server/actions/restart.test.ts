/** When are workers replaced, beside or after one another, and which new one does not do? */
import { describe, expect, it } from 'vitest';
import type { EngineError } from '../../../engine/errors.ts';
import type { WorkerOutcome } from '../../../engine/types.ts';
import { type RestartParts, reloadModels, restartWorkers } from '../../../server/actions/restart.ts';
import type { ModelsReport, RestartSettings } from '../../../server/pool/index.ts';
import { READY } from '../pool/fake-crew.ts';
import { acted, answered, FakeMeasures } from './arrange-actions.ts';

const LACKING: ModelsReport = {
  ...READY,
  reranker: { state: 'unavailable', name: 'r', code: 'model_damaged', detail: 'sha256 differs' },
};

interface World {
  readonly definition?: typeof restartWorkers;
  /** How models stand in the workers now, and in each new one. */
  readonly now?: ModelsReport;
  readonly born?: readonly ModelsReport[];
  readonly outcome?: WorkerOutcome;
  readonly residentBytes?: number;
}

function arrange({
  definition = restartWorkers,
  now = READY,
  born = [READY, READY],
  outcome = answered(),
  residentBytes = 50,
}: World = {}) {
  const seen = { beside: null as boolean | null, models: now };
  const measures = new FakeMeasures();
  measures.outcome = outcome as never;
  const restart = async ({ beside, fault, replaced }: RestartSettings): Promise<ModelsReport> => {
    seen.beside = beside;
    for (const [at, models] of born.entries()) {
      const refusal: EngineError | null = fault(models, outcome);
      if (refusal !== null) throw refusal;
      replaced(at + 1);
    }
    return born[0]!;
  };
  const parts: RestartParts = {
    pool: { workers: born.length, restart },
    index: {
      get models() {
        return seen.models;
      },
      reopened: (models) => {
        seen.models = models;
      },
    },
    measures,
    memory: () => ({ residentBytes, bytesMax: 100 }),
  };
  return { seen, measures, ...acted(definition(parts)) };
}

describe('restart_workers', () => {
  it('replaces all of them, and asks a real query through the queue', async () => {
    const { execute, measures } = arrange();
    measures.p95 = () => 200;
    expect(await execute()).toMatchObject({
      state: 'done',
      undoable: false,
      said: '2 of 2 workers are new',
      effect: { ok: true, measured: { measure: 'p95 ms', before: 200, after: 200 } },
    });
  });

  it('goes beside the old ones only where there is room for one more, if not told', async () => {
    for (const [residentBytes, beside] of [
      [79, true],
      [80, false],
    ] as const) {
      const { execute, seen } = arrange({ residentBytes });
      await execute();
      expect(seen.beside).toBe(beside);
    }
    const { execute, seen, preview } = arrange({ residentBytes: 99 });
    expect((await preview()).steps.join()).toContain('Memory is short');
    await execute({ beside: true });
    expect(seen.beside).toBe(true);
  });

  it('takes no model away that takes part now, and says how far it came', async () => {
    const { execute, seen } = arrange({ born: [READY, LACKING] });
    expect(await execute()).toMatchObject({
      state: 'failed',
      said: 'model_damaged: A new worker cannot open the reranker: sha256 differs; 1 of 2 workers are new',
    });
    expect(seen.models).toBe(READY);
  });

  it('goes on without a model that takes no part anyway, or fails: that is not what it is for', async () => {
    expect((await arrange({ now: LACKING, born: [LACKING] }).execute()).state).toBe('done');
    const outcome = answered({ reranked: false, degraded: ['rerank_failed'] });
    expect((await arrange({ outcome: outcome as WorkerOutcome }).execute()).state).toBe('done');
  });

  it('lets none in that does not answer', async () => {
    for (const outcome of [
      { kind: 'failed', code: 'internal', detail: 'no' },
      { kind: 'deadline', stage: 'embedMs' },
    ] as const)
      expect((await arrange({ outcome }).execute()).state).toBe('failed');
  });
});

describe('reload_models', () => {
  it('takes a model back that was missing, and says so', async () => {
    const { execute, seen } = arrange({ definition: reloadModels, now: LACKING });
    expect(await execute()).toMatchObject({ state: 'done', details: { models: READY } });
    expect(seen.models).toBe(READY);
  });

  it('lets none in whose models cannot be opened or fail', async () => {
    expect(await arrange({ definition: reloadModels, now: LACKING, born: [LACKING] }).execute()).toMatchObject({
      state: 'failed',
      said: expect.stringContaining('model_damaged'),
    });
    const outcome = answered({ reranked: false, degraded: ['rerank_failed'] }) as WorkerOutcome;
    expect(await arrange({ definition: reloadModels, outcome }).execute()).toMatchObject({
      state: 'failed',
      said: expect.stringContaining('rerank_failed'),
    });
  });
});
