/** Which file holds which stretch of the history? `10s-1795410000.hlog`: length of its intervals, start of the first in seconds. */
import { RETENTION_MS } from './history.ts';
import { RESOLUTIONS_S, type ResolutionS } from './interval.ts';

export interface Segment {
  readonly name: string;
  readonly resolutionS: ResolutionS;
  readonly startMs: number;
}

/** A ring is spread over this many files and the one that is begun. */
const SEGMENTS = 4;
const NAME = /^(1|10|60|3600)s-(\d{1,12})\.hlog$/;

const lengthMsOf = (resolutionS: ResolutionS): number => RETENTION_MS[resolutionS] / SEGMENTS;

/** Name of the file of an interval that begins then. */
export function segmentFor(resolutionS: ResolutionS, startMs: number): string {
  const lengthMs = lengthMsOf(resolutionS);
  return `${resolutionS}s-${(Math.floor(startMs / lengthMs) * lengthMs) / 1000}.hlog`;
}

/** Null for the name of anything else. */
export function segmentOf(name: string): Segment | null {
  const [, resolution, startS] = NAME.exec(name) ?? [];
  const resolutionS = RESOLUTIONS_S.find((one) => String(one) === resolution);
  return resolutionS === undefined ? null : { name, resolutionS, startMs: Number(startS) * 1000 };
}

/** Whether all of it is older than its ring. */
export const isOver = ({ resolutionS, startMs }: Segment, nowMs: number): boolean =>
  startMs + lengthMsOf(resolutionS) <= nowMs - RETENTION_MS[resolutionS];
