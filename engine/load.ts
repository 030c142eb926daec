/** What the main thread does once, so that workers only have to look: verify, and read into shared memory. */
import { join } from 'node:path';
import type { EngineConfig } from './config.ts';
import { loadVectors } from './dense/index.ts';
import { EngineError } from './errors.ts';
import { FILES, type SharedGeneration } from './generation.ts';
import { loadLexical } from './lexical/index.ts';
import { BUILD_REMEDY, describeDamage, type Fallback, loadSections, openServing, verifyNamed } from './store/index.ts';
import { createAnalyzer } from './text/index.ts';

export interface LoadedGeneration extends SharedGeneration {
  /** By which CURRENT names it. */
  readonly seal: string;
  /** What was damaged, and what serves instead of it; null where what CURRENT names is whole. */
  readonly fallback: Fallback | null;
}

/**
 * Opens what CURRENT names, or, where that is damaged, the last good generation; then it says so on standard error.
 *
 * @param workersMax how many workers may open it; each has a scratch area of its own
 * @param name of the generation that is wanted and no other, whatever CURRENT says; null for what CURRENT names
 * @throws EngineError index_missing | index_foreign | index_damaged | index_unreadable | memory_short
 */
export async function loadGeneration(
  config: EngineConfig,
  workersMax: number,
  name: string | null = null,
): Promise<LoadedGeneration> {
  const { directory } = config.index;
  const { folder, manifest, seal, fallback } =
    name === null ? await openServing(directory) : { ...(await verifyNamed(directory, name)), fallback: null };
  if (fallback !== null) process.stderr.write(`${describeFallback(fallback)}\n`);
  requireAnalysis(manifest, folder);
  requireMemory(manifest, folder);
  const { expansionSearch } = config.retrieval.dense;
  try {
    return { ...shareGeneration({ folder, manifest }, { expansionSearch, workersMax }), seal, fallback };
  } catch (error) {
    if (error instanceof RangeError) throw memoryShort(folder, error.message, error);
    throw error;
  }
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

/** Rather refuse what does not fit than be ended by the kernel half-way. */
function requireMemory({ files }: SharedGeneration['manifest'], folder: string): void {
  const shared = [FILES.columns, FILES.lexical, FILES.vectors];
  const neededBytes = shared.reduce((sum, file) => sum + (files[file]?.bytes ?? 0), 0);
  const availableBytes = process.availableMemory();
  if (neededBytes > availableBytes)
    throw memoryShort(folder, `it needs ${neededBytes} bytes of memory, got ${availableBytes}`);
}

const memoryShort = (folder: string, reason: string, cause?: unknown): EngineError =>
  new EngineError(
    'memory_short',
    `Cannot load index: ${reason}: ${folder}`,
    { file: folder, remedy: 'Give the process more memory, or index less' },
    cause,
  );

function describeFallback({ damage, serving, quarantined, unmoved }: Fallback): string {
  const found = damage.map((one) => `${one.generation}: ${describeDamage(one)}`).join('; ');
  const kept = quarantined.length === 0 ? '' : `, moved aside to generations/${quarantined.join(', ')}`;
  const left = unmoved === null ? '' : `; left as it was: ${unmoved}`;
  return `Index damaged: ${found}; generation ${serving} serves instead${kept}${left}`;
}
