/** What the main thread does once, so that workers only have to look: verify, and read into shared memory. */
import { join } from 'node:path';
import type { EngineConfig } from './config.ts';
import { loadVectors } from './dense/index.ts';
import { EngineError } from './errors.ts';
import { FILES, type SharedGeneration } from './generation.ts';
import { loadLexical } from './lexical/index.ts';
import { BUILD_REMEDY, describeDamage, type Fallback, loadSections, openServing } from './store/index.ts';
import { createAnalyzer } from './text/index.ts';

export interface LoadedGeneration extends SharedGeneration {
  /** What was damaged, and what serves instead of it; null where what CURRENT names is whole. */
  readonly fallback: Fallback | null;
}

/**
 * Opens what CURRENT names, or, where that is damaged, the last good generation; then it says so on standard error.
 *
 * @param workersMax how many workers may open it; each has a scratch area of its own
 * @throws EngineError index_missing | index_foreign | index_damaged
 */
export async function loadGeneration(config: EngineConfig, workersMax: number): Promise<LoadedGeneration> {
  const { folder, manifest, fallback } = await openServing(config.index.directory);
  if (fallback !== null) process.stderr.write(`${describeFallback(fallback)}\n`);
  requireAnalysis(manifest, folder);
  const { expansionSearch } = config.retrieval.dense;
  return { ...shareGeneration({ folder, manifest }, { expansionSearch, workersMax }), fallback };
}

/** Reads a generation whose bytes have been checked into memory that all threads share. */
export function shareGeneration(
  { folder, manifest }: Pick<SharedGeneration, 'folder' | 'manifest'>,
  { expansionSearch, workersMax }: { expansionSearch: number; workersMax: number },
): SharedGeneration {
  const { embedder, graph } = manifest;
  return {
    folder,
    manifest,
    columns: loadSections(join(folder, FILES.columns)),
    lexical: loadLexical(join(folder, FILES.lexical), { workersMax }),
    vectors:
      embedder === null || graph === null
        ? null
        : loadVectors(
            join(folder, FILES.vectors),
            {
              path: join(folder, FILES.graph),
              settings: {
                ...graph,
                dimensions: embedder.dimensions,
                expansionSearch,
              },
            },
            workersMax,
          ),
  };
}

/** @throws EngineError index_foreign where queries would be cut into other words than the passages were */
function requireAnalysis({ analysis }: SharedGeneration['manifest'], folder: string): void {
  const { version, unicode } = createAnalyzer(analysis.language).describe();
  if (analysis.version === version && analysis.unicode === unicode) return;
  throw new EngineError(
    'index_foreign',
    `Cannot open index: its words were cut by analysis ${analysis.version} (Unicode ${analysis.unicode}), not ${version} (${unicode}): ${folder}`,
    {
      file: join(folder, 'manifest.json'),
      field: 'analysis',
      expected: `${version} (${unicode})`,
      value: `${analysis.version} (${analysis.unicode})`,
      remedy: BUILD_REMEDY,
    },
  );
}

function describeFallback({ damage, serving, quarantined, unmoved }: Fallback): string {
  const found = damage.map((one) => `${one.generation}: ${describeDamage(one)}`).join('; ');
  const kept = quarantined.length === 0 ? '' : `, moved aside to generations/${quarantined.join(', ')}`;
  const left = unmoved === null ? '' : `; left as it was: ${unmoved}`;
  return `Index damaged: ${found}; generation ${serving} serves instead${kept}${left}`;
}
