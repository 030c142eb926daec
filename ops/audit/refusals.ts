/**
 * Which of many refusals are written? The first of each kind at once, those that follow as a number: who hammers at a door must
 * not be able to fill the disk, nor to wash out of the log what others did.
 */
import type { AuditAct } from './entry.ts';

interface Gathering {
  readonly act: AuditAct;
  readonly sinceMs: number;
  count: number;
}

/** So long they are gathered. */
const GATHER_MS = 10_000;
/** Kinds at a time; what is beyond is counted as one of its own. */
const KINDS_MAX = 200;

export class Refusals {
  readonly #gathering = new Map<string, Gathering>();

  /** @returns whether it is to be written by itself */
  take(act: AuditAct, nowMs: number): boolean {
    const own = this.#gathering.get(keyOf(act));
    const crowded = own === undefined && this.#gathering.size >= KINDS_MAX;
    const known = crowded ? this.#gathering.get(keyOf(OTHERS)) : own;
    if (known !== undefined) known.count += 1;
    else if (crowded) this.#gathering.set(keyOf(OTHERS), { act: OTHERS, sinceMs: nowMs, count: 1 });
    else this.#gathering.set(keyOf(act), { act, sinceMs: nowMs, count: 0 });
    return own === undefined && !crowded;
  }

  /** Those whose time is over, with how often they came since the first was written. */
  due(nowMs: number): { readonly act: AuditAct; readonly count: number }[] {
    const over = [...this.#gathering].filter(([, { sinceMs }]) => nowMs < sinceMs || nowMs - sinceMs >= GATHER_MS);
    for (const [key] of over) this.#gathering.delete(key);
    return over.map(([, { act, count }]) => ({ act, count })).filter(({ count }) => count > 0);
  }
}

const keyOf = ({ actor, address, action, code }: AuditAct): string => `${actor} ${address} ${action} ${code}`;

const OTHERS: AuditAct = {
  actor: '',
  address: '',
  action: 'others',
  parameters: {},
  outcome: 'refused',
  code: 'others',
};
