/** Limits and blocks as facts that all processes hold: written where something is announced, read where it is heard. */
import { z } from 'zod';
import { type Announce, type LimitNotice, parseNetwork, printNetwork } from '../limits/index.ts';
import type { Follower, Sayer } from './facts.ts';

const ROOM = 'limits';
const POLICY = 'policy';
const FORGIVEN = 'forgiven';
const BLOCK = 'block/';
/** No limit that an operator sets lasts longer. */
const POLICY_LIFE_MS = 31 * 86_400_000;
/** As good as for ever: it is said once and never more than once at a time. */
const STANDING_MS = 365 * 86_400_000;

const count = z.int().min(1).max(1_000_000);
const policySchema = z.object({
  maxRequests: count,
  windowSeconds: z.int().min(1).max(86_400),
  burst: count,
  sinceMs: z.number(),
});
const blockSchema = z.object({
  reason: z.string().max(500),
  by: z.enum(['operator', 'automatic']),
  sinceMs: z.number(),
});

export const announceLimits =
  (facts: Sayer, wallMs: () => number): Announce =>
  (notice) => {
    switch (notice.kind) {
      case 'adjusted':
        facts.say(`${ROOM}/${POLICY}`, { ...notice.terms, sinceMs: notice.sinceMs }, notice.untilMs);
        return;
      case 'restored':
        facts.say(`${ROOM}/${POLICY}`, null, wallMs() + POLICY_LIFE_MS);
        return;
      case 'forgiven':
        facts.say(`${ROOM}/${FORGIVEN}`, true, wallMs() + STANDING_MS);
        return;
      case 'blocked': {
        const { network, reason, by, sinceMs, untilMs } = notice;
        facts.say(`${ROOM}/${BLOCK}${printNetwork(network)}`, { reason, by, sinceMs }, untilMs);
        return;
      }
      case 'unblocked': {
        const name = `${ROOM}/${BLOCK}${printNetwork(notice.network)}`;
        // It stays taken back as long as the block would have lasted.
        const said = facts.get(name);
        if (said !== null) facts.say(name, null, said.untilMs);
      }
    }
  };

/** A name that changes when everyone is forgiven: debts under the old one are left to end. */
export const lifeOfDebts = (facts: Sayer): string => String(facts.get(`${ROOM}/${FORGIVEN}`)?.stamp ?? 0);

export const limitFollower = (adopt: (notice: LimitNotice) => void): [string, Follower] => [
  ROOM,
  {
    heard: (name, value, { untilMs }) => {
      const notice = noticeOf(name, value, untilMs);
      if (notice !== null) adopt(notice);
    },
    // Every process says its blocks and limits again: nothing is to be feared.
    missed: () => {},
  },
];

/** Null where it is none that this version knows. */
function noticeOf(name: string, value: unknown, untilMs: number): LimitNotice | null {
  if (name === FORGIVEN) return { kind: 'forgiven' };
  if (name === POLICY) {
    if (value === null) return { kind: 'restored' };
    const read = policySchema.safeParse(value);
    if (!read.success) return null;
    const { sinceMs, ...terms } = read.data;
    return { kind: 'adjusted', terms, sinceMs, untilMs };
  }
  const network = name.startsWith(BLOCK) ? parseNetwork(name.slice(BLOCK.length)) : null;
  if (network === null) return null;
  if (value === null) return { kind: 'unblocked', network };
  const read = blockSchema.safeParse(value);
  return read.success ? { kind: 'blocked', network, ...read.data, untilMs } : null;
}
