/**
 * Is this generation whole, and does it answer from what it holds?
 *
 * Bytes first, and nothing is opened whose bytes are wrong. Then counts, records, words, graph and recall, which find what
 * checksums cannot: a build that wrote the wrong thing. Runs in a process of its own (verify-process.ts), since native code may
 * end it.
 */
import { FILES } from '../../generation.ts';
import { damageOf } from '../damage.ts';
import { type Disk, machineDisk } from '../disk/index.ts';
import { type CheckedGeneration, requireGeneration } from '../serving.ts';
import { bytesBefore, checkBytes } from './check-bytes.ts';
import { checkCounts } from './check-counts.ts';
import { checkGraph, checkRecall, checkWords, SAMPLES, type Sampling } from './check-queries.ts';
import { checkRecords } from './check-records.ts';
import { type DenseParts, openParts, type VerifiedParts } from './open-parts.ts';
import { OutOfTime } from './pace.ts';
import { CHECKS, type CheckName, type VerifyJob, type VerifyReport } from './report.ts';
import { Verification, type VerifyPorts } from './verification.ts';

/** @throws EngineError index_missing | index_foreign where there is no generation that could be verified */
export async function verifyGeneration(
  job: VerifyJob,
  ports: VerifyPorts,
  disk: Disk = machineDisk,
): Promise<VerifyReport> {
  const run = new Verification(job, ports);
  const about = { generation: job.generation, detail: null };
  const told = (verdict: VerifyReport['verdict'], bytesTotal: number): VerifyReport => ({
    ...about,
    verdict,
    checks: run.checks,
    findings: run.findings,
    bytesRead: run.pace.bytes,
    bytesTotal,
    seconds: run.pace.elapsedMs / 1000,
    resume: verdict === 'unfinished' ? run.resume : null,
  });
  let found: CheckedGeneration;
  try {
    found = requireGeneration(job.index, job.generation, disk);
  } catch (error) {
    const damage = damageOf(error);
    if (damage === null) throw error;
    run.findings.push({ check: 'bytes', ...damage });
    for (const check of CHECKS)
      run.checks.push({ check, state: check === 'bytes' ? 'failed' : 'skipped', measured: {} });
    return told('damaged', 0);
  }
  const bytesTotal = Object.values(found.manifest.files).reduce((sum, { bytes }) => sum + bytes, 0);
  try {
    await makeBytes(run, found, { job, bytesTotal, disk });
    await makeOthers(run, found, job);
  } catch (error) {
    if (!(error instanceof OutOfTime)) throw error;
    return told(run.findings.length > 0 ? 'damaged' : 'unfinished', bytesTotal);
  }
  return told(run.findings.length > 0 ? 'damaged' : 'sound', bytesTotal);
}

function makeBytes(
  run: Verification,
  found: CheckedGeneration,
  { job, bytesTotal, disk }: { job: VerifyJob; bytesTotal: number; disk: Disk },
): Promise<void> {
  const before = bytesBefore(found.manifest.files, job.resume);
  return run.make('bytes', async () => {
    const findings = await checkBytes(disk, found, job.resume, (at, bytes) => {
      run.resume = at;
      run.report('bytes', (before + run.pace.bytes) / Math.max(1, bytesTotal));
      return run.pace.spend(bytes);
    });
    return { findings, measured: { files: Object.keys(found.manifest.files).length, bytes: run.pace.bytes } };
  });
}

/** Everything for which the files have to be opened. */
async function makeOthers(run: Verification, { folder, manifest }: CheckedGeneration, job: VerifyJob): Promise<void> {
  let parts: VerifiedParts | null = null;
  const { seed } = job;
  const passing = (check: CheckName, total: number): ((done: number, bytes: number) => Promise<void>) => {
    let sum = 0;
    return (done, bytes) => {
      sum += done;
      run.report(check, sum / Math.max(1, total));
      return run.pace.spend(bytes);
    };
  };
  const sample = (check: CheckName): Sampling => {
    const passed = passing(check, SAMPLES);
    return { seed, passed: () => passed(1, 0) };
  };
  try {
    await run.make('counts', () => {
      const opened = openParts({ folder, manifest }, job);
      if (Array.isArray(opened)) return { findings: opened, measured: {} };
      parts = opened;
      return checkCounts(manifest, opened);
    });
    const use = <Result>(look: (parts: VerifiedParts) => Result): (() => Result | 'skipped') => {
      const opened = parts;
      return () => (opened === null ? 'skipped' : look(opened));
    };
    const dense = <Result>(look: (parts: DenseParts) => Result): (() => Result | 'skipped') =>
      use(({ generation, graph, vectors }) =>
        graph === null || vectors === null ? 'skipped' : look({ generation, graph, vectors }),
      );
    const bytesOf = (file: string): number => manifest.files[file]?.bytes ?? 0;
    const records = passing('records', bytesOf(FILES.documents) + bytesOf(FILES.tokens));
    await run.make(
      'records',
      use(({ generation }) => checkRecords(generation, (bytes) => records(bytes, bytes))),
    );
    await run.make(
      'words',
      use(({ generation }) => checkWords(generation, sample('words'))),
    );
    await run.make('graph', dense(checkGraph));
    await run.make(
      'recall',
      dense((opened) => checkRecall(opened, sample('recall'))),
    );
  } finally {
    (parts as VerifiedParts | null)?.generation.close();
  }
}
