/** Who asks, as far as experiments may know it: from a request, whole or lent. */
import { type Caller, keyOfAddress, printAddress } from '../limits/index.ts';
import type { Subject } from './assignment/index.ts';

export const USER_HEADER = 'x-user-id';
export const SESSION_HEADER = 'x-session-id';
export const ARM_HEADER = 'x-canary-arm';
export const ASKER_HEADERS = [USER_HEADER, SESSION_HEADER, ARM_HEADER] as const;

/** Longer ones name nobody. */
const ID_CHARS_MAX = 200;
/** What clients send that have no user. */
const NOBODY = 'anonymous';

export interface Said {
  readonly userId: string | undefined;
  readonly sessionId: string | undefined;
  /** Of the API key. */
  readonly key: string | null;
  readonly caller: Caller;
}

/** By what somebody is known who says so himself; undefined where that names nobody. */
export const idOf = (text: string | undefined): string | undefined =>
  text === undefined || text === '' || text === NOBODY || text.length > ID_CHARS_MAX ? undefined : text;

/** A proxy that cannot be believed may stand for anyone: its address would put all behind it into one arm. */
export function subjectOf({ userId, sessionId, key, caller: { address, known } }: Said): Subject {
  const isOwn = known === 'peer' || known === 'forwarded';
  const { high, low } = keyOfAddress(address);
  return {
    userId: idOf(userId),
    sessionId: idOf(sessionId),
    key: key ?? undefined,
    ...(isOwn ? { address: printAddress(address), site: `${high}:${low}` } : {}),
  };
}

/** Arms that a request asks for: `X-Canary-Arm: fusion=canary, rerank=control`. What cannot be read asks for nothing. */
export function armsAsked(text: string | undefined): ReadonlyMap<string, string> | null {
  if (text === undefined || text === '') return null;
  const arms = new Map<string, string>();
  for (const part of text.split(',')) {
    const [name, arm] = part.split('=').map((word) => word.trim());
    if (name !== undefined && arm !== undefined) arms.set(name, arm);
  }
  return arms;
}
