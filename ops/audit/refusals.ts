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
    const crowded = this.#gathering.size >= KINDS_MAX;
    const kind = crowded ? OTHERS : act;
    const key = `${kind.actor} ${kind.address} ${kind.action} ${kind.code}`;
    const known = this.#gathering.get(key) ?? (crowded ? null : this.#gathering.get(keyOf(act)));
    if (known !== null && known !== undefined) {
      known.count += 1;
      return false;
    }
    this.#gathering.set(key, { act: kind, sinceMs: nowMs, count: crowded ? 1 : 0 });
    return !crowded;
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
