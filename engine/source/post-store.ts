import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { decodeLine, encodeDelete, encodeHeader, encodePut, fsyncFolder, lineDigest, writeAll } from './post-log.ts';
import { LogReader } from './post-reader.ts';
import { damagedLog, type PostEntry, replayLog } from './post-replay.ts';
import type { KnownPost, KnownPosts, SourcePost, SourceState } from './types.ts';

const BUFFER_BYTES_MAX = 1024 * 1024;
/** Compacted when at least this much, and half of the log, is dead. */
const DEAD_BYTES_MIN = 4 * 1024 * 1024;

/**
 * The posts of one source on disk: `posts.jsonl`, an append-only log, and `state.json`, the checkpoint up to which it is
 * durable. In memory are offsets only. One process at a time.
 *
 * What a checkpoint covers survives any crash; what was put after it may be lost, and then the source tells it again,
 * because its own state is part of the checkpoint.
 */
export class PostStore implements KnownPosts {
  readonly folder: string;
  /** Bytes of an unfinished line that a crash had left and that opening dropped; 0 after a clean stop. */
  readonly droppedBytes: number;
  readonly #entries: Map<string, PostEntry>;
  #fd: number;
  #checkpoint: Checkpoint;
  #buffer: Buffer[] = [];
  #bufferedBytes = 0;
  #writtenBytes: number;
  #liveBytes: number;

  /**
   * @param from canonical form of the source ({@link Source.from}); a new store is bound to it
   * @throws EngineError source_refused when the store holds another source; index_foreign, index_damaged
   */
  static open(folder: string, from: string): PostStore {
    mkdirSync(folder, { recursive: true });
    const checkpoint = readCheckpoint(stateFile(folder)) ?? create(folder, from);
    if (checkpoint.from !== from) {
      throw new EngineError(
        'source_refused',
        `Cannot mix two sources: ${folder} holds ${checkpoint.from}, not ${from}`,
        {
          file: folder,
          field: 'from',
          value: from,
          expected: checkpoint.from,
          remedy: 'Choose a new folder with --into, or drop what is there with --replace',
        },
      );
    }
    rmSync(`${logFile(folder)}.new`, { force: true });
    return new PostStore(folder, checkpoint);
  }

  /** Whether the folder holds posts of this source that can be gone on with. */
  static holds(folder: string, from: string): boolean {
    try {
      return readCheckpoint(stateFile(folder))?.from === from;
    } catch {
      return false;
    }
  }

  /** Whether a file of this name in a store's folder is the store's own. */
  static owns(name: string): boolean {
    return name.startsWith(LOG_NAME) || name.startsWith(STATE_NAME);
  }

  private constructor(folder: string, checkpoint: Checkpoint) {
    this.folder = folder;
    this.#fd = openSync(logFile(folder), 'r+');
    const replayed = replayLog(this.#fd, logFile(folder), checkpoint);
    this.#entries = replayed.entries;
    this.#writtenBytes = replayed.bytes;
    this.#liveBytes = replayed.liveBytes;
    this.droppedBytes = replayed.droppedBytes;
    this.#checkpoint = { ...checkpoint, compactions: replayed.compactions };
    if (this.droppedBytes > 0) ftruncateSync(this.#fd, this.#writtenBytes);
  }

  get size(): number {
    return this.#entries.size;
  }
  get from(): string {
    return this.#checkpoint.from;
  }
  /** Of the latest checkpoint; null before the first complete step. */
  get sourceState(): SourceState | null {
    return this.#checkpoint.source;
  }
  has(id: string): boolean {
    return this.#entries.has(id);
  }
  get(id: string): KnownPost | undefined {
    return this.#entries.get(id);
  }
  ids(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Durable after the next {@link checkpoint}. An unchanged post is not written again. */
  put(post: SourcePost): 'added' | 'changed' | 'unchanged' {
    const line = encodePut(post);
    const digest = lineDigest(line);
    const earlier = this.#entries.get(post.id);
    if (earlier?.digest === digest) return 'unchanged';
    const offset = this.#append(line);
    this.#liveBytes += line.length - (earlier?.length ?? 0);
    const { type, modifiedMs } = post;
    this.#entries.set(post.id, { offset, length: line.length, digest, type, modifiedMs });
    return earlier === undefined ? 'added' : 'changed';
  }

  /** False when there was no such post. */
  delete(id: string): boolean {
    const earlier = this.#entries.get(id);
    if (earlier === undefined) return false;
    this.#append(encodeDelete(id));
    this.#liveBytes -= earlier.length;
    return this.#entries.delete(id);
  }

  /** Makes every put and delete so far durable, then, in one step, the state of the source that they bring about. */
  checkpoint(source: SourceState | null): void {
    this.#flush();
    fsyncSync(this.#fd);
    const state = source === null ? null : { ...source, cursor: JSON.parse(JSON.stringify(source.cursor ?? null)) };
    this.#checkpoint = { ...this.#checkpoint, coveredBytes: this.#writtenBytes, source: state };
    writeCheckpoint(stateFile(this.folder), this.#checkpoint);
  }

  /** The posts as they are now, in the order in which their ids first came; later changes do not show. */
  async *posts(): AsyncGenerator<SourcePost> {
    this.#flush();
    const entries = [...this.#entries.values()];
    const reader = new LogReader(logFile(this.folder));
    try {
      for (const { offset, length } of entries) {
        const line = decodeLine(reader.read(offset, length), logFile(this.folder));
        if (line?.kind !== 'put') throw damagedLog(logFile(this.folder), offset);
        yield line.post;
      }
    } finally {
      reader.close();
    }
  }
  [Symbol.asyncIterator](): AsyncGenerator<SourcePost> {
    return this.posts();
  }

  /** Whether enough of the log is superseded that {@link compact} pays. */
  get worthCompacting(): boolean {
    const dead = this.#writtenBytes + this.#bufferedBytes - this.#liveBytes;
    return dead >= DEAD_BYTES_MIN && dead > this.#liveBytes;
  }

  /** Rewrites the log with the live posts only and sets a checkpoint. A crash leaves the old log or the new one. */
  compact(): void {
    this.#flush();
    const fresh = `${logFile(this.folder)}.new`;
    const compactions = this.#checkpoint.compactions + 1;
    const head = encodeHeader(compactions);
    const reader = new LogReader(logFile(this.folder));
    const fd = openSync(fresh, 'w+', 0o600);
    const moved: PostEntry[] = [];
    writeAll(fd, head, 0);
    let bytes = head.length;
    for (const entry of this.#entries.values()) {
      const line = reader.read(entry.offset, entry.length);
      if (lineDigest(line) !== entry.digest) throw damagedLog(logFile(this.folder), entry.offset);
      writeAll(fd, line, bytes);
      moved.push({ ...entry, offset: bytes });
      bytes += line.length;
    }
    reader.close();
    fsyncSync(fd);
    renameSync(fresh, logFile(this.folder));
    fsyncFolder(this.folder);
    closeSync(this.#fd);
    this.#fd = fd;
    this.#writtenBytes = bytes;
    for (const [at, id] of [...this.#entries.keys()].entries()) this.#entries.set(id, moved[at]!);
    this.#checkpoint = { ...this.#checkpoint, compactions };
    this.checkpoint(this.#checkpoint.source);
  }

  /** Writes what is buffered; sets no checkpoint. */
  /** Writes what is buffered and lets go of the file. Idempotent. */
  close(): void {
    if (this.#fd < 0) return;
    this.#flush();
    closeSync(this.#fd);
    this.#fd = -1;
  }

  #append(line: Buffer): number {
    const offset = this.#writtenBytes + this.#bufferedBytes;
    this.#buffer.push(line);
    this.#bufferedBytes += line.length;
    if (this.#bufferedBytes >= BUFFER_BYTES_MAX) this.#flush();
    return offset;
  }

  #flush(): void {
    if (this.#bufferedBytes === 0) return;
    const bytes = Buffer.concat(this.#buffer);
    writeAll(this.#fd, bytes, this.#writtenBytes);
    this.#writtenBytes += bytes.length;
    this.#buffer = [];
    this.#bufferedBytes = 0;
  }
}

const LOG_NAME = 'posts.jsonl';
const STATE_NAME = 'state.json';

function logFile(folder: string): string {
  return join(folder, LOG_NAME);
}
function stateFile(folder: string): string {
  return join(folder, STATE_NAME);
}

/** The log goes first: a checkpoint without its log would look like damage. */
function create(folder: string, from: string): Checkpoint {
  const file = logFile(folder);
  const head = encodeHeader(0);
  if (existsSync(file) && statSync(file).size > head.length) {
    throw new EngineError(
      'index_damaged',
      `Cannot tell the source of the stored posts: state.json is missing: ${folder}`,
      {
        file: stateFile(folder),
        remedy: 'Restore state.json, or read the source again with --replace',
      },
    );
  }
  const fd = openSync(file, 'w', 0o600);
  try {
    writeAll(fd, head, 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  const checkpoint = { format: 1 as const, from, compactions: 0, coveredBytes: head.length, source: null };
  writeCheckpoint(stateFile(folder), checkpoint);
  return checkpoint;
}
