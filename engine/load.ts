/** What the main thread does once, so that workers only have to look: verify, and read into shared memory. */
import { join } from 'node:path';
import type { EngineConfig } from './config.ts';
import { loadVectors } from './dense/index.ts';
import { EngineError } from './errors.ts';
import { FILES, type SharedGeneration } from './generation.ts';
import { loadLexical } from './lexical/index.ts';
import { BUILD_REMEDY, loadSections, type Manifest, verifyCurrent, verifyGeneration } from './store/index.ts';
import { createAnalyzer } from './text/index.ts';

/**
 * @param workersMax how many workers may open it; each has a scratch area of its own
 * @param name which generation; that of CURRENT where none is named
 * @throws EngineError index_missing | index_foreign | index_damaged | memory_short
 */
export async function loadGeneration(
  config: EngineConfig,
  workersMax: number,
  name: string | null = null,
): Promise<SharedGeneration> {
  const { directory } = config.index;
  const { folder, manifest } = await (name === null ? verifyCurrent(directory) : verifyGeneration(directory, name));
  const { analysis } = manifest;
  const { version, unicode } = createAnalyzer(analysis.language).describe();
  if (analysis.version !== version || analysis.unicode !== unicode) {
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
  refuseWithoutRoom(manifest, folder);
  try {
    return intoMemory(config, { folder, manifest }, workersMax);
  } catch (error) {
    if (error instanceof RangeError) throw memoryShort(folder, error.message, error);
    throw error;
  }
}

interface Verified {
  readonly folder: string;
  readonly manifest: Manifest;
}

function intoMemory(config: EngineConfig, { folder, manifest }: Verified, workersMax: number): SharedGeneration {
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
                expansionSearch: config.retrieval.dense.expansionSearch,
              },
            },
            workersMax,
          ),
  };
}

/** Rather refuse what does not fit than be ended by the kernel half-way. */
function refuseWithoutRoom({ files }: Manifest, folder: string): void {
  const neededBytes = [FILES.columns, FILES.lexical, FILES.vectors].reduce(
    (sum, file) => sum + (files[file]?.bytes ?? 0),
    0,
  );
  const availableBytes = process.availableMemory();
  if (neededBytes > availableBytes)
    throw memoryShort(folder, `it needs ${neededBytes} bytes, of which there are ${availableBytes}`);
}

const memoryShort = (folder: string, reason: string, cause?: unknown): EngineError =>
  new EngineError(
    'memory_short',
    `Cannot load index: ${reason}: ${folder}`,
    { file: folder, remedy: 'Give the process more memory, or index less' },
    cause,
  );
