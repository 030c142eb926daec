import { EngineError } from '../errors.ts';
import { decodeLine, lineDigest, readLogLines } from './post-log.ts';
import type { KnownPost } from './types.ts';

/** Where the latest version of a post lies in the log, and what can be told of it without reading it. */
export interface PostEntry extends KnownPost {
  readonly offset: number;
  readonly length: number;
  readonly digest: string;
}

export interface Replay {
  /** In the order in which the ids first came. */
  readonly entries: Map<string, PostEntry>;
  readonly compactions: number;
  /** Of whole lines. */
  readonly bytes: number;
  readonly liveBytes: number;
  /** Behind the last whole line. */
  readonly droppedBytes: number;
}

/**
 * Reads the log from its start. Up to the checkpoint every line must be whole; behind it the first torn one is its end.
 *
 * @throws EngineError index_damaged; index_foreign for another format
 */
export function replayLog(
  fd: number,
  file: string,
  checkpoint: { readonly compactions: number; readonly coveredBytes: number },
): Replay {
  const entries = new Map<string, PostEntry>();
  let compactions: number | null = null;
  let liveBytes = 0;
  let bytes = 0;
  let fileBytes = 0;
  for (const { line, offset, torn } of readLogLines(fd)) {
    fileBytes = offset + line.length;
    if (bytes < offset) continue;
    const decoded = torn ? null : decodeLine(line, file);
    if (decoded === null || (decoded.kind === 'header') !== (offset === 0)) continue;
    bytes = fileBytes;
    if (decoded.kind === 'header') compactions = decoded.compactions;
    else if (decoded.kind === 'delete') {
      liveBytes -= entries.get(decoded.id)?.length ?? 0;
      entries.delete(decoded.id);
    } else {
      const { id, type, modifiedMs } = decoded.post;
      liveBytes += line.length - (entries.get(id)?.length ?? 0);
      entries.set(id, { offset, length: line.length, digest: lineDigest(line), type, modifiedMs });
    }
  }
  if (compactions === null || compactions < checkpoint.compactions) throw damagedLog(file, 0);
  const coveredBytes = compactions === checkpoint.compactions ? checkpoint.coveredBytes : 0;
  if (bytes < coveredBytes) throw damagedLog(file, bytes);
  return { entries, compactions, bytes, liveBytes, droppedBytes: fileBytes - bytes };
}

export function damagedLog(file: string, offset: number): EngineError {
  return new EngineError('index_damaged', `Cannot read the stored posts: damaged at byte ${offset}: ${file}`, {
    file,
    value: offset,
    remedy: 'Restore a backup, or read the source again with --replace',
  });
}
