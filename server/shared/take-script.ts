/**
 * May it pass now? {@link GcraTable}'s decision, in a Redis that several processes ask; one step there, so that nobody comes between.
 *
 * What is kept of a client is what it owed and when: `microseconds nanoseconds`, which is the same as the one time of GCRA and exact in
 * doubles for any date (one time in nanoseconds since 1970 is not). It ends by itself when all is paid off. The clock is that of
 * Redis, one for all: clocks of processes differ, and a client that goes from one to the other would gain or lose what they differ by.
 * Set back, it lets debts stand for as long; set forward, it forgives so much.
 */
import type { ClientKey, Decision, Rate } from '../limits/index.ts';
import { type Script, scriptOf } from './script.ts';

/** A rate that came into force so long ago, on the clock of the caller. */
export interface RateChange {
  readonly agoNs: number;
  readonly toleranceNs: number;
}

export interface TakeQuestion {
  readonly quantity: number;
  readonly rate: Rate;
  /** What the caller knows to be owed, whatever Redis says: what it counted alone. */
  readonly owedNsMin: number;
  /** Oldest first. Nobody owed more than a whole burst when one began. */
  readonly changes: readonly RateChange[];
  /** Microseconds since the epoch in place of the clock of Redis; null for that. */
  readonly nowUs: number | null;
}

export const TAKE: Script = scriptOf(`
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local quantity, period, tolerance, least = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local at, owed = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (%d+)$')
at, owed = tonumber(at or now), tonumber(owed or 0)
local kept = owed
for i = 6, #ARGV, 2 do
  local since = now - tonumber(ARGV[i])
  if at < since then
    owed = math.min(math.max(0, owed - (since - at) * 1000), tonumber(ARGV[i + 1]))
    at = since
  end
end
owed = math.max(0, owed - math.max(0, now - at) * 1000)
local raised = least > owed
owed = math.min(math.max(owed, least), tolerance)
local allowed = owed + period * quantity <= tolerance
if allowed then owed = owed + period * quantity end
if owed > 0 and (raised or (allowed and quantity > 0)) then
  redis.call('SET', KEYS[1], string.format('%.0f %.0f', now, owed), 'PX', string.format('%.0f', math.ceil(owed / 1000000) + 1000))
end
return {allowed and 1 or 0, owed}
`);

/** Writes as any decision does, and hinders nobody. */
export const TRIAL: TakeQuestion = {
  quantity: 1,
  rate: { periodNs: 1e6, burst: 1 },
  owedNsMin: 0,
  changes: [],
  nowUs: null,
};

/** No client is called so. */
export const trialName = (prefix: string): string => `${prefix}trial`;

const HIGH_BIT = 2 ** 32;
const hex = (word: number): string => ((word >>> 0) + HIGH_BIT).toString(16).slice(1);

export const nameOfClient = ({ high, low }: ClientKey): string => hex(high) + hex(low);

export function takeArguments({ quantity, rate, owedNsMin, changes, nowUs }: TakeQuestion): string[] {
  const { periodNs, burst } = rate;
  const told = [nowUs ?? '', quantity, periodNs, periodNs * burst, owedNsMin];
  for (const { agoNs, toleranceNs } of changes) told.push(Math.floor(agoNs / 1000), toleranceNs);
  return told.map(String);
}

/** @throws TypeError where it is no reply of {@link TAKE} */
export function decisionOf(reply: unknown, { quantity, rate: { periodNs, burst } }: TakeQuestion): Decision {
  const [allowed, owedNs] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (typeof allowed !== 'number' || typeof owedNs !== 'number') throw new TypeError('Not a decision');
  const toleranceNs = periodNs * burst;
  const nextNs = owedNs + periodNs * quantity;
  return {
    allowed: allowed === 1,
    remaining: Math.floor((toleranceNs - owedNs) / periodNs),
    retryAfterNs: allowed === 1 ? 0 : quantity <= burst ? nextNs - toleranceNs : owedNs,
    resetAfterNs: owedNs,
  };
}
