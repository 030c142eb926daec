/** Every action of the runbook, over the running process. */
import { join } from 'node:path';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import { adjustRateLimits } from './adjust-rate-limits.ts';
import { blockAddresses } from './block-addresses.ts';
import { checkCache } from './check-cache.ts';
import { checkModels } from './check-models.ts';
import { type ClearCacheParts, clearCache } from './clear-cache.ts';
import { disableCache } from './disable-cache.ts';
import { disableCanary } from './disable-canary.ts';
import { disableRerank } from './disable-rerank.ts';
import { emergencyStop } from './emergency-stop.ts';
import { type Measures, openMeasures } from './measures.ts';
import type { ActionsParts } from './parts.ts';
import { rebuildIndexAction } from './rebuild-index.ts';
import { type RestartParts, reloadModels, restartWorkers } from './restart.ts';
import { restoreBackup } from './restore-backup.ts';
import { showCanary } from './show-canary.ts';
import { showErrors } from './show-errors.ts';
import { showMemory } from './show-memory.ts';
import { showRateLimits } from './show-rate-limits.ts';
import { verifyIndex } from './verify-index.ts';

export function actionsOver(parts: ActionsParts, typeOf: ClearCacheParts['typeOf']): ActionDefinition[] {
  const measures = openMeasures({ ...parts, batcher: parts.workers.batcher });
  return [
    ...ofExperiments(parts, measures),
    ...ofCache(parts, measures, typeOf),
    ...ofProcess(parts, measures),
    ...ofIndex(parts, measures),
    ...ofLimits(parts, measures),
  ];
}

function ofExperiments({ config, clock, experiments }: ActionsParts, measures: Measures): ActionDefinition[] {
  const { desk } = experiments;
  const stopping = { desk, measures, canaryPercent: () => percentOnCanaries(experiments) };
  const slowMs = config.ops.slo.latency.thresholdMs;
  return [
    disableRerank({ desk, measures, slowMs, wallMs: () => clock.wallMs() }),
    emergencyStop(stopping),
    disableCanary(stopping),
    showCanary({ brief: () => experiments.brief() }),
  ];
}

/** Of live experiments: an arm that everybody has is none. */
function percentOnCanaries(experiments: Pick<ActionsParts['experiments'], 'shares'>): number {
  const [control] = experiments.shares();
  return 100 - (control?.sharePercent ?? 100);
}

function ofCache(
  { config, workers, cache }: ActionsParts,
  measures: Measures,
  typeOf: ClearCacheParts['typeOf'],
): ActionDefinition[] {
  return [
    clearCache({ cache, measures, typeOf }),
    disableCache({ cache, measures }),
    checkCache({
      cache,
      generation: workers.generation,
      request: () => measures.request('configured', false),
      submit: (request) => workers.batcher.submit(request, 'high'),
      directory: join(config.logs.directory, 'cache'),
    }),
  ];
}

function ofProcess({ config, workers, cache, judge, errors }: ActionsParts, measures: Measures): ActionDefinition[] {
  const { pool, index } = workers;
  const memory = (): ReturnType<typeof judge>['snapshot']['memory'] => judge().snapshot.memory;
  const restarting: RestartParts = { pool, index, measures, memory };
  const { directory, embedder, reranker } = config.models;
  return [
    restartWorkers(restarting),
    reloadModels(restarting),
    checkModels({ directory, names: [embedder, reranker], models: workers.models }),
    showMemory({ memory, cacheBytes: () => cache.size.bytes }),
    showErrors({ errors, path: join(config.logs.directory, 'api_errors.log') }),
  ];
}

function ofIndex({ workers, care }: ActionsParts, measures: Measures): ActionDefinition[] {
  const { index } = workers;
  const { verifications, rebuilds, backups } = care;
  return [
    verifyIndex({ index, verifications, measures }),
    rebuildIndexAction({ index, rebuilds, measures }),
    restoreBackup({ backups, measures }),
  ];
}

function ofLimits({ limits, judge, clock }: ActionsParts, measures: Measures): ActionDefinition[] {
  const shown = { limits, traffic: () => judge().snapshot.limits };
  return [
    showRateLimits(shown),
    adjustRateLimits({ ...shown, wallMs: () => clock.wallMs() }),
    blockAddresses({ ...shown, measures }),
  ];
}
