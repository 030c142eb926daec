/** Does the backup restore, and does what is restored answer? Tried in a folder of its own that nobody serves, and that is removed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readChanges } from '../changes/index.ts';
import type { EngineConfig } from '../config.ts';
import { EngineError } from '../errors.ts';
import { machineDisk } from '../store/disk/index.ts';
import { journalFolder, requireGeneration } from '../store/index.ts';
import type { Check } from './check.ts';
import { fetchGeneration } from './fetch.ts';
import { type ProbeReport, repeatProbes } from './probes.ts';
import { livingIndex, opened } from './read-generation.ts';
import type { Repository } from './repository.ts';
import type { VerifyGeneration } from './restore.ts';
import type { Ports } from './work.ts';

export interface DrillReport {
  readonly id: string;
  readonly passed: boolean;
  /** What went wrong, in words; null where nothing did. */
  readonly detail: string | null;
  /** What was asked of the copy; null where it could not be restored or opened. */
  readonly answers: ProbeReport | null;
  readonly bytes: number;
  readonly seconds: number;
}

export interface DrillInput {
  readonly repository: Repository;
  readonly id: string;
  readonly config: EngineConfig;
  /** Where the folder is made; room for the whole index is needed. Null for the system's own place. */
  readonly into: string | null;
  readonly verify: VerifyGeneration;
}

/**
 * What comes of it is written down beside the backup; one that fails is not sound.
 *
 * @throws EngineError backup_missing | backup_unreachable
 */
export async function drillBackup(input: DrillInput, ports: Ports): Promise<DrillReport> {
  const { repository, id } = input;
  const startUs = ports.clock.nowUs();
  const { answers, detail, bytes } = await attempt(input, ports);
  const passed = detail === null;
  const at = new Date(ports.clock.wallMs()).toISOString();
  const before = await repository.check(id);
  const known: Check = before ?? { verifiedAt: at, sound: passed, detail, faults: [], drill: null };
  await repository.putCheck(id, {
    ...known,
    ...(passed ? { verifiedAt: at, sound: true, detail: null, faults: [] } : { sound: false, detail }),
    drill: { at, passed, detail },
  });
  ports.progress({ step: 'done', percent: 100 });
  return { id, passed, detail, answers, bytes, seconds: (ports.clock.nowUs() - startUs) / 1e6 };
}

type Attempt = Pick<DrillReport, 'answers' | 'detail' | 'bytes'>;

async function attempt(input: DrillInput, ports: Ports): Promise<Attempt> {
  const index = mkdtempSync(join(input.into ?? tmpdir(), 'wp-chat-drill-'));
  try {
    return await restoreAndAsk(input, index, ports);
  } catch (error) {
    if (!(error instanceof EngineError) || ['backup_missing', 'backup_unreachable'].includes(error.code)) throw error;
    return { answers: null, detail: error.message, bytes: 0 };
  } finally {
    rmSync(index, { recursive: true, force: true });
  }
}

async function restoreAndAsk(
  { repository, id, config, verify }: DrillInput,
  index: string,
  ports: Ports,
): Promise<Attempt> {
  const snapshot = await repository.snapshot(id);
  const { generation } = await fetchGeneration({ repository, snapshot, index, disk: machineDisk }, ports);
  ports.progress({ step: 'verifying', percent: 90 });
  await verify(index, generation);
  ports.progress({ step: 'asking', percent: 95 });
  const settings = { retrieval: config.retrieval, clock: ports.clock };
  const found = requireGeneration(index, generation, machineDisk);
  const { manifest } = found;
  const changes = await readChanges(machineDisk, journalFolder(index, manifest), manifest.journal ?? null);
  const answers = await opened(found, config, async (parts) =>
    repeatProbes({ ...parts, index: await livingIndex(parts, changes, config) }, snapshot.probes, settings),
  );
  const detail = answers.passed ? null : `It answers otherwise than when it was backed up: ${answers.detail}`;
  return { answers, detail, bytes: snapshot.totals.bytes };
}
