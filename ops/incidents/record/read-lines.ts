/** Which lines of the record are whole, and what is wrong with the others? */
import type { IncidentEvent } from './event.ts';
import { decodeLine } from './line.ts';

export interface LineFault {
  /** 1-based. */
  readonly line: number;
  readonly why: 'damaged' | 'unknown' | 'repeated';
}

export interface ReadLines {
  readonly events: readonly IncidentEvent[];
  readonly faults: readonly LineFault[];
  readonly faultsInAll: number;
  /** Up to the end of the last line that is whole; what lies behind was never acknowledged. */
  readonly soundBytes: number;
}

const FAULTS_TOLD = 100;
const LINE_FEED = 10;

export function readLines(bytes: Buffer): ReadLines {
  const events: IncidentEvent[] = [];
  const faults: LineFault[] = [];
  let faultsInAll = 0;
  let soundBytes = 0;
  /** Found since the last whole line: at the end they are what a crash left. */
  let open: LineFault[] = [];
  let line = 0;
  for (let at = 0; at < bytes.length; ) {
    line += 1;
    const end = bytes.indexOf(LINE_FEED, at);
    const event = end < 0 ? null : decodeLine(bytes.subarray(at, end));
    if (event === null) open.push({ line, why: 'damaged' });
    else {
      const known = event !== 'unknown';
      // One that is there twice was written again, by us or by somebody's hand: the first one counts.
      const repeated = known && event.seq <= (events.at(-1)?.seq ?? 0);
      if (known && !repeated) events.push(event);
      else open.push({ line, why: known ? 'repeated' : 'unknown' });
      faultsInAll += open.length;
      faults.push(...open.slice(0, FAULTS_TOLD - faults.length));
      open = [];
      soundBytes = end + 1;
    }
    at = end < 0 ? bytes.length : end + 1;
  }
  return { events, faults, faultsInAll, soundBytes };
}
