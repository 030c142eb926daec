/** Is every byte of every file what the manifest says? */
import { join } from 'node:path';
import { BLOCK_BYTES, checkFile } from '../blocks.ts';
import type { Disk } from '../disk/index.ts';
import type { CheckedGeneration } from '../serving.ts';
import type { Finding, Resume } from './report.ts';

/** Told of each block, before it is known whether it is right; what it returns is waited for. */
export type Passed = (at: Resume, bytes: number) => Promise<void>;

/** Every file that differs, each with its first difference. */
export async function checkBytes(
  disk: Disk,
  { folder, manifest }: CheckedGeneration,
  resume: Resume | null,
  passed: Passed,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const files = Object.entries(manifest.files);
  const from =
    resume === null
      ? 0
      : Math.max(
          0,
          files.findIndex(([file]) => file === resume.file),
        );
  for (const [at, [file, record]] of files.slice(from).entries()) {
    const fromBlock = at === 0 && resume !== null ? resume.block : 0;
    let block = fromBlock;
    const damage = await checkFile(
      disk,
      join(folder, file),
      { file, record },
      {
        sha256: true,
        fromBlock,
        pass: (bytes) => {
          block += 1;
          return passed({ file, block }, bytes);
        },
      },
    );
    if (damage !== null) findings.push({ check: 'bytes', ...damage });
  }
  return findings;
}

/** Bytes that lie before the point where an earlier run stopped. */
export function bytesBefore(files: Readonly<Record<string, { bytes: number }>>, resume: Resume | null): number {
  let sum = 0;
  if (resume === null) return 0;
  for (const [file, { bytes }] of Object.entries(files)) {
    if (file === resume.file) return sum + Math.min(bytes, resume.block * BLOCK_BYTES);
    sum += bytes;
  }
  return 0;
}
