/** Experiments of all processes: what people did with them in one, and what each found out by itself, holds in every other. */
import { z } from 'zod';
import type { CanaryNotice, DatedNotice } from '../canary/index.ts';
import { actSchema, experimentSchema, progressSchema } from '../canary/index.ts';
import type { Fact, Follower, Sayer } from './facts.ts';

const ROOM = 'canary';
const STOP = 'stop';
const EXPERIMENT = 'experiment/';
const PROGRESS = 'progress/';
const ROLLED_BACK = 'rolled-back/';
/** Said again long before by whoever still holds it to be so. */
const STANDING_MS = 365 * 86_400_000;

const stopSchema = z.strictObject({ on: z.boolean(), act: actSchema });

const saidOf = (notice: CanaryNotice): readonly [name: string, value: unknown] => {
  switch (notice.kind) {
    case 'stopped':
      return [STOP, { on: true, act: notice.act }];
    case 'cleared':
      return [STOP, { on: false, act: notice.act }];
    case 'experiment':
      return [EXPERIMENT + notice.experiment.name, notice.experiment];
    case 'forgotten':
      return [EXPERIMENT + notice.name, null];
    case 'progress':
      return [PROGRESS + notice.name, notice.note];
    case 'rolled_back':
      return [ROLLED_BACK + notice.name, notice.note];
  }
};

export const announceCanary =
  (facts: Sayer, wallMs: () => number) =>
  (notice: CanaryNotice): void => {
    const [name, value] = saidOf(notice);
    facts.say(`${ROOM}/${name}`, value, wallMs() + STANDING_MS);
  };

/** What this process held to be so when it ended. */
export function recallCanary(facts: Sayer, notices: readonly DatedNotice[], nowMs: number): void {
  for (const { notice, saidMs } of notices) {
    const [name, value] = saidOf(notice);
    facts.recall(`${ROOM}/${name}`, value, saidMs, nowMs + STANDING_MS);
  }
}

export const canaryFollower = (adopt: (notice: CanaryNotice) => void): [string, Follower] => [
  ROOM,
  {
    heard: (name, value) => {
      const notice = noticeOf(name, value);
      if (notice !== null) adopt(notice);
    },
    // Every process says again what it holds to be so.
    missed: () => {},
  },
];

/** Null where it is none that this version knows. */
function noticeOf(name: Fact['name'], value: unknown): CanaryNotice | null {
  if (name === STOP) {
    const read = stopSchema.safeParse(value);
    return read.success ? { kind: read.data.on ? 'stopped' : 'cleared', act: read.data.act } : null;
  }
  const slash = name.indexOf('/');
  const [kind, of] = [name.slice(0, slash + 1), name.slice(slash + 1)];
  if (kind === EXPERIMENT) {
    if (value === null) return { kind: 'forgotten', name: of };
    const read = experimentSchema.safeParse(value);
    return read.success && read.data.name === of ? { kind: 'experiment', experiment: read.data } : null;
  }
  const read = progressSchema.safeParse(value);
  if (!read.success) return null;
  if (kind === PROGRESS) return { kind: 'progress', name: of, note: read.data };
  return kind === ROLLED_BACK ? { kind: 'rolled_back', name: of, note: read.data } : null;
}
