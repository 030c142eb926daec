/**
 * What is new? A process says what it has to say, and hears what others said since it last asked; one step in Redis.
 *
 * ```
 * facts:head    epoch    which life of the store this is: made anew when it was emptied
 *               version  counts what was said
 * facts         name → `stamp until text`          facts:order   name by version          facts:ends   name by its end
 * ```
 */
import type { Fact } from './facts.ts';
import { type Script, scriptOf } from './script.ts';

export interface Exchange {
  readonly epoch: string;
  readonly version: number;
  /** All up to this version was heard; less than `version` where there is more. */
  readonly upTo: number;
  readonly facts: readonly Fact[];
}

/** Facts heard at once. */
export const HEARD_MAX = 500;
const NAMES_MAX = 20_000;
const SWEPT_MAX = 200;
/** Nothing lives as long without being said again; the whole is gone when nobody has said anything for so long. */
const LIFETIME_MS = 400 * 86_400_000;

export const EXCHANGE: Script = scriptOf(`
local head, facts, order, ends, channel = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local said = redis.call('HSETNX', head, 'epoch', ARGV[1])
for _, name in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, ${SWEPT_MAX})) do
  redis.call('HDEL', facts, name)
  redis.call('ZREM', order, name)
  redis.call('ZREM', ends, name)
end
for i = 3, #ARGV, 4 do
  local name, stamp, untilMs = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  local kept = redis.call('HGET', facts, name)
  local keptStamp = kept and tonumber(string.match(kept, '^%d+')) or -1
  if stamp > keptStamp and untilMs > now and (kept or redis.call('HLEN', facts) < ${NAMES_MAX}) then
    local version = redis.call('HINCRBY', head, 'version', 1)
    redis.call('HSET', facts, name, ARGV[i + 1] .. ' ' .. ARGV[i + 2] .. ' ' .. ARGV[i + 3])
    redis.call('ZADD', order, version, name)
    redis.call('ZADD', ends, untilMs, name)
    said = version
  end
end
if said > 0 then
  for i = 1, 4 do redis.call('PEXPIRE', KEYS[i], ${LIFETIME_MS}) end
  redis.call('PUBLISH', channel, said)
end
local version = tonumber(redis.call('HGET', head, 'version') or 0)
local told = {redis.call('HGET', head, 'epoch'), version, version}
local names = redis.call('ZRANGEBYSCORE', order, '(' .. ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, ${HEARD_MAX})
for i = 1, #names, 2 do
  told[#told + 1] = names[i]
  told[#told + 1] = redis.call('HGET', facts, names[i]) or ''
end
if #names == ${2 * HEARD_MAX} then told[3] = tonumber(names[#names]) end
return told
`);

export const exchangeKeys = (prefix: string): string[] =>
  ['facts:head', 'facts', 'facts:order', 'facts:ends', 'facts:said'].map((name) => prefix + name);

/** The last of {@link exchangeKeys}: what is said there means that something is new. */
export const channelOf = (prefix: string): string => exchangeKeys(prefix).at(-1)!;

/** @param epoch for a store that has none; @param known the version up to which all was heard */
export const exchangeArguments = (epoch: string, known: number, said: readonly Fact[]): string[] => [
  epoch,
  String(known),
  ...said.flatMap(({ name, stamp, untilMs, text }) => [name, String(stamp), String(untilMs), text]),
];

/** @throws TypeError where it is no reply of {@link EXCHANGE} */
export function exchangeOf(reply: unknown): Exchange {
  const [epoch, version, upTo, ...rest] = Array.isArray(reply) ? (reply as unknown[]) : [];
  if (typeof epoch !== 'string' || typeof version !== 'number' || typeof upTo !== 'number')
    throw new TypeError('Not an exchange');
  const facts: Fact[] = [];
  for (let at = 0; at < rest.length; at += 2) {
    const fact = factOf(String(rest[at]), String(rest[at + 1]));
    if (fact !== null) facts.push(fact);
  }
  return { epoch, version, upTo, facts };
}

function factOf(name: string, kept: string): Fact | null {
  const parts = /^(\d+) (\d+) (.*)$/s.exec(kept);
  return parts === null ? null : { name, stamp: Number(parts[1]), untilMs: Number(parts[2]), text: parts[3]! };
}
