/** A backup of every format that was ever written is still listed, verified, restored and answers. */
import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fetchGeneration } from '../../../engine/backup/fetch.ts';
import { repeatProbes } from '../../../engine/backup/probes.ts';
import { livingIndex, opened } from '../../../engine/backup/read-generation.ts';
import { Repository } from '../../../engine/backup/repository.ts';
import { FolderTarget } from '../../../engine/backup/target/folder-target.ts';
import { verifyBackup } from '../../../engine/backup/verify.ts';
import { packageRoot } from '../../../engine/package-root.ts';
import { machineDisk } from '../../../engine/store/disk/index.ts';
import { requireGeneration, verifyNamed } from '../../../engine/store/index.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { configFor } from '../build/sample-build.ts';
import { clockAt, portsAt } from './small-site.ts';

const fixtures = join(packageRoot, 'test/fixtures/backup');

it.each(readdirSync(fixtures).filter((name) => name.startsWith('format-')))('%s', async (name) => {
  const home = scratchFolder();
  cpSync(join(fixtures, name), join(home, 'backups'), { recursive: true });
  const repository = await Repository.open(new FolderTarget(join(home, 'backups'), machineDisk));
  const [listed] = await repository.list();
  const { id, snapshot } = listed!;
  expect(snapshot).toMatchObject({ format: 1, journal: null, source: {}, models: null, journalUpTo: null });
  expect(await verifyBackup(repository, id, portsAt())).toMatchObject({ sound: true });
  const index = join(home, 'index');
  const { generation, history } = await fetchGeneration(
    { repository, snapshot: snapshot!, index, disk: machineDisk },
    portsAt(),
  );
  const found = requireGeneration(index, generation, machineDisk);
  await verifyNamed(index, generation);
  expect(found.manifest.journal).toEqual({ history, sequence: 0 });
  const config = configFor(index);
  const settings = { retrieval: config.retrieval, clock: clockAt(0) };
  const report = await opened(found, config, async (parts) => {
    const living = await livingIndex(parts, { documents: [] }, config);
    return repeatProbes({ ...parts, index: living }, snapshot!.probes, settings);
  });
  expect(report).toMatchObject({ passed: true, detail: null });
  expect(report.titles.asked).toBeGreaterThan(0);
});
