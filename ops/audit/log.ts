/**
 * THE AUDIT LOG: who did what, each line bound to the one before, durable before the act is answered.
 *
 * One process writes it. Its head, a number and a sum, is to be noted where who edits the file cannot reach: /metrics and
 * the manifests of backups.
 */
import { dirname } from 'node:path';
import { DurableLines, ensureRecordFolder, type RecordDisk } from '../durable/index.ts';
import { type AuditAct, type AuditEntry, encodeEntry, GENESIS, type Head, sealed } from './entry.ts';
import { type AuditFile, readAuditFiles, rotatedFiles, rotatedPath } from './files.ts';
import { redacted, safeText } from './redact.ts';
import { Refusals } from './refusals.ts';
import { linesOf, verifyAudit } from './verify.ts';

export interface AuditSettings {
  /** Of `audit.jsonl`. */
  readonly path: string;
  readonly fileBytesMax: number;
  /** Rotated files kept beside the one that is written. */
  readonly filesKept: number;
  /** Milliseconds since the epoch. */
  readonly wallMs: () => number;
}

/** Lines that wait for a disk that refuses; what is more is not kept, and counted. */
const WAITING_BYTES_MAX = 4 * 2 ** 20;
const SELF = { actor: 'wp-chat', address: '', outcome: 'done', code: '' } as const;

type Four = [string, string, string, string];

/** Where a process finds the log that another left. */
interface Found {
  readonly lines: DurableLines;
  readonly head: Head;
  /** Of the first line of the file that is written. */
  readonly firstSeq: number;
  /** What is to be said of it in the log itself. */
  readonly said: Pick<AuditAct, 'action' | 'parameters'> | null;
}

export class AuditLog {
  readonly #disk: RecordDisk;
  readonly #settings: AuditSettings;
  readonly #refusals = new Refusals();
  #lines: DurableLines;
  #head: Head;
  #durableHead: Head;
  #firstSeq: number;
  /** Of the file that is written, with what is on its way to it. */
  #fileBytes: number;
  /** Resolves when the file that is written is the one that lines belong to. */
  #turned: Promise<unknown> = Promise.resolve();
  #lost = 0;

  private constructor(disk: RecordDisk, settings: AuditSettings, { lines, head, firstSeq }: Found) {
    this.#disk = disk;
    this.#settings = settings;
    this.#lines = lines;
    this.#head = head;
    this.#durableHead = head;
    this.#firstSeq = firstSeq;
    this.#fileBytes = lines.bytes;
  }

  /** Never rejects: a log that is damaged goes on behind its last line, and says so in a line of its own. */
  static async open(disk: RecordDisk, settings: AuditSettings): Promise<AuditLog> {
    const found = await find(disk, settings.path);
    const log = new AuditLog(disk, settings, found);
    if (found.said !== null) await log.append({ ...SELF, ...found.said });
    return log;
  }

  /** Of the last line that is durable: to be noted elsewhere. */
  get head(): Head {
    return this.#durableHead;
  }

  /** Acts that could not be kept, since the disk refused so many lines. */
  get lost(): number {
    return this.#lost;
  }

  /** Secrets among the parameters are not written. @returns whether it is durable; where not, it is kept and tried again */
  append(act: AuditAct, count = 1): Promise<boolean> {
    if (this.#lines.waitingBytes > WAITING_BYTES_MAX) {
      this.#lost += 1;
      return Promise.resolve(false);
    }
    const [actor, address, action, code] = [act.actor, act.address, act.action, act.code].map(safeText) as Four;
    const { parameters, outcome } = act;
    const time = new Date(this.#settings.wallMs()).toISOString();
    const entry = sealed(
      { time, actor, address, action, parameters: redacted(parameters), outcome, code, count },
      this.#head,
    );
    this.#head = { seq: entry.seq, hash: entry.hash };
    return this.#write(entry);
  }

  /** An act that was not let through: nobody waits for its line, and many that are alike become one. */
  refused(act: Omit<AuditAct, 'outcome'>): void {
    const whole = { ...act, outcome: 'refused' } as const;
    if (this.#refusals.take(whole, this.#settings.wallMs())) void this.append(whole);
  }

  /** To be called about once a second: writes what was gathered, and tries what waits. */
  step(): void {
    for (const { act, count } of this.#refusals.due(this.#settings.wallMs())) void this.append(act, count);
    if (this.#lines.waitingBytes > 0) void this.#lines.flush();
  }

  async close(): Promise<void> {
    for (const { act, count } of this.#refusals.due(Number.POSITIVE_INFINITY)) void this.append(act, count);
    await this.#turned;
    await this.#lines.close();
  }

  async #write(entry: AuditEntry): Promise<boolean> {
    const bytes = encodeEntry(entry);
    if (this.#fileBytes > 0 && this.#fileBytes + bytes.length > this.#settings.fileBytesMax) this.#turn(entry.seq);
    this.#fileBytes += bytes.length;
    await this.#turned;
    const durable = await this.#lines.append(bytes);
    if (durable && entry.seq > this.#durableHead.seq) this.#durableHead = { seq: entry.seq, hash: entry.hash };
    return durable;
  }

  /** Begins another file with the line of this number. */
  #turn(seq: number): void {
    const firstSeq = this.#firstSeq;
    this.#firstSeq = seq;
    this.#fileBytes = 0;
    this.#turned = this.#turned.then(() => this.#rotate(firstSeq));
  }

  async #rotate(firstSeq: number): Promise<void> {
    const { path } = this.#settings;
    await this.#lines.close();
    try {
      // With lines that wait the file would not be whole; it goes on, and the next one that is too much tries again.
      if (this.#lines.waitingBytes > 0) throw new Error('The disk refuses');
      await this.#disk.rename(path, rotatedPath(path, firstSeq));
    } catch {
      this.#firstSeq = firstSeq;
      return;
    }
    this.#lines = new DurableLines(this.#disk, path, null, 0, true);
    await this.#prune().catch(() => {});
  }

  async #prune(): Promise<void> {
    const files = await rotatedFiles(this.#disk, this.#settings.path);
    for (const file of files.slice(0, -this.#settings.filesKept)) await this.#disk.unlink(file);
  }
}

/** What is looked at of a file when it is opened: a start must not wait until all of it is verified. */
const TAIL_BYTES = 256 * 1024;
const LINE_FEED = 10;

/** The whole lines at the end of a file. */
interface Tail extends AuditFile {
  readonly bytes: Buffer;
  /** Where it begins in the file, and how many lines lie before it. */
  readonly offset: number;
  readonly linesBefore: number;
}

function tailOf({ name, bytes }: AuditFile, tailBytes: number): Tail {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const offset = content.length <= tailBytes ? 0 : content.indexOf(LINE_FEED, content.length - tailBytes) + 1;
  let linesBefore = 0;
  for (let at = content.indexOf(LINE_FEED); at >= 0 && at < offset; at = content.indexOf(LINE_FEED, at + 1))
    linesBefore += 1;
  return { name, bytes: content.subarray(offset), offset, linesBefore };
}

async function find(disk: RecordDisk, path: string): Promise<Found> {
  try {
    await ensureRecordFolder(disk, dirname(path));
    // Those before are verified by who asks for it.
    const files = await readAuditFiles(disk, path, 1);
    const current = (await disk.look(path)) === null ? null : files.at(-1)!;
    const tails = files.map((file) => tailOf(file, TAIL_BYTES));
    // Before one that is cut nothing that is looked at goes on.
    const near = tails.slice(
      Math.max(
        0,
        tails.findLastIndex(({ offset }) => offset > 0),
      ),
    );
    const found = headIn(near) === null ? files.map((file) => tailOf(file, file.bytes.length)) : near;
    const head = headIn(found) ?? GENESIS;
    const firstSeq = current === null ? head.seq + 1 : (firstIn(current) ?? head.seq + 1);
    // What is no line of ours at the end is what a crash left of one; between two that are it is evidence, and stays.
    const soundBytes = current === null ? 0 : soundBytesOf(current, found.at(-1)!);
    const lines = new DurableLines(disk, path, current?.bytes.length ?? null, soundBytes);
    await lines.flush();
    return { lines, head, firstSeq, said: saidOf(found, current, soundBytes) };
  } catch (error) {
    const aside = `${path}.unreadable`;
    await Promise.resolve(disk.rename(path, aside)).catch(() => {});
    const said = { action: 'audit.unreadable', parameters: { error: (error as Error).message } };
    return { lines: new DurableLines(disk, path, null, 0, true), head: GENESIS, firstSeq: 1, said };
  }
}

/** Null where no line of them is ours. */
function headIn(files: readonly AuditFile[]): Head | null {
  const last = [...linesOf(files)].findLast(({ entry }) => entry !== null)?.entry;
  return last === undefined || last === null ? null : { seq: last.seq, hash: last.hash };
}

/** Number of its first line that is ours. */
function firstIn(file: AuditFile): number | null {
  for (const { entry } of linesOf([file])) if (entry !== null) return entry.seq;
  return null;
}

function soundBytesOf(file: AuditFile, tail: Tail): number {
  const inTail = [...linesOf([tail])].findLast(({ entry }) => entry !== null);
  if (inTail !== undefined) return tail.offset + inTail.end;
  return [...linesOf([file])].findLast(({ entry }) => entry !== null)?.end ?? 0;
}

function saidOf(files: readonly Tail[], current: AuditFile | null, soundBytes: number): Found['said'] {
  const tornBytes = (current?.bytes.length ?? 0) - soundBytes;
  const sound = files.map((file) =>
    file.name === current?.name
      ? { ...file, bytes: file.bytes.subarray(0, Math.max(0, soundBytes - file.offset)) }
      : file,
  );
  const { fault } = verifyAudit(sound);
  if (fault !== null) {
    const linesBefore = files.find(({ name }) => name === fault.file)?.linesBefore ?? 0;
    return { action: 'audit.damaged', parameters: { ...fault, line: fault.line + linesBefore, tornBytes } };
  }
  return tornBytes > 0 ? { action: 'audit.recovered', parameters: { tornBytes } } : null;
}
