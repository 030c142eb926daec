/** Is the audit log what was written? The first line that is not tells what was done to it. */

import { type AuditEntry, decodeEntry, GENESIS, type Head, isSound } from './entry.ts';
import { type AuditFile, firstSeqOf } from './files.ts';

export interface AuditFault {
  /** Of the first line that is not as it was written, or that is missing. */
  readonly seq: number;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /**
   * `edited`: other bytes, or another line in its place. `removed`: it is missing here. `inserted`: it does not belong here.
   * `truncated`: the log ends before it. `torn`: cut off in the middle, by a crash while it was written or by a hand.
   */
  readonly why: 'edited' | 'removed' | 'inserted' | 'truncated' | 'torn';
}

export interface AuditVerdict {
  readonly fault: AuditFault | null;
  /** Sound lines before it. */
  readonly lines: number;
  /** Of the first line that is there: those before were rotated away. 0 where there is none. */
  readonly firstSeq: number;
  /** Of the last sound line. */
  readonly head: Head;
  /** Whether the anchor could be held against the log; null without one. */
  readonly anchored: boolean | null;
}

/**
 * @param files oldest first
 * @param anchor a head that was noted elsewhere: in /metrics, in a backup's manifest
 */
export function verifyAudit(files: readonly AuditFile[], anchor: Head | null = null): AuditVerdict {
  let head = GENESIS;
  let firstSeq = 0;
  let lines = 0;
  let anchored = false;
  let place = { file: files.at(-1)?.name ?? '', line: 0 };
  const end = (fault: AuditFault | null): AuditVerdict => ({
    fault,
    lines,
    firstSeq,
    head,
    anchored: anchor === null ? null : anchored,
  });
  for (const { entry, whole, file, line } of linesOf(files)) {
    place = { file, line };
    // What was rotated away is not missed: the first line that is there is believed what it says of the one before.
    if (lines === 0)
      head = entry !== null && isSound(entry) ? beforeOf(entry) : { ...GENESIS, seq: firstSeqOf(file) - 1 };
    if (anchor?.seq === head.seq) {
      anchored = true;
      if (anchor.hash !== head.hash) return end({ seq: head.seq, ...place, why: 'edited' });
    }
    const found = faultOf(entry, whole, head);
    if (found !== null) return end({ ...found, ...place });
    const { seq, hash } = entry!;
    if (lines === 0) firstSeq = seq;
    head = { seq, hash };
    lines += 1;
  }
  if (anchor === null || anchor.seq < head.seq) return end(null);
  anchored = true;
  if (anchor.seq > head.seq) return end({ seq: head.seq + 1, ...place, line: place.line + 1, why: 'truncated' });
  return end(anchor.hash === head.hash ? null : { seq: head.seq, ...place, why: 'edited' });
}

/** What is wrong with the line behind this head; null where it is the one that was written. */
function faultOf(entry: AuditEntry | null, whole: boolean, head: Head): Pick<AuditFault, 'seq' | 'why'> | null {
  const expected = head.seq + 1;
  if (entry === null) return { seq: expected, why: whole ? 'edited' : 'torn' };
  if (!isSound(entry)) return { seq: expected, why: 'edited' };
  if (entry.seq > expected) return { seq: expected, why: 'removed' };
  if (entry.seq < expected) return { seq: entry.seq, why: 'inserted' };
  // A line whose own sum is right, and whose follower knew it otherwise, was made anew.
  return entry.prev === head.hash ? null : { seq: Math.max(1, head.seq), why: 'edited' };
}

const beforeOf = ({ seq, prev }: AuditEntry): Head => (seq === 1 ? GENESIS : { seq: seq - 1, hash: prev });

interface Line {
  /** Null where it is none of ours. */
  readonly entry: AuditEntry | null;
  /** Whether it ends as a line does. */
  readonly whole: boolean;
  readonly file: string;
  readonly line: number;
  /** Where it ends in its file. */
  readonly end: number;
}

const LINE_FEED = 10;

export function* linesOf(files: readonly AuditFile[]): Generator<Line> {
  for (const { name, bytes } of files) {
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    let line = 0;
    for (let at = 0; at < content.length; ) {
      line += 1;
      const end = content.indexOf(LINE_FEED, at);
      const whole = end >= 0;
      const next = whole ? end + 1 : content.length;
      yield { entry: whole ? decodeEntry(content.subarray(at, end)) : null, whole, file: name, line, end: next };
      at = next;
    }
  }
}
