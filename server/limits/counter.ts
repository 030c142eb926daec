/** Where is it counted? A port: in this process, or in a store that several processes share. */
import { randomInt } from 'node:crypto';
import type { ClientKey } from './client-key.ts';
import { type Decision, GcraTable, type Rate } from './gcra.ts';

export interface TableStatus {
  readonly places: number;
  readonly used: number;
  readonly bytes: number;
  /** Clients that were forgotten while they still owed something. */
  readonly washedOut: number;
}

export interface LimitCounter {
  /** Takes `quantity` at once, or nothing; 0 only looks. @param nowNs as {@link GcraTable.take} has it */
  take(key: ClientKey, quantity: number, rate: Rate, nowNs: number): Decision | Promise<Decision>;
  /** As {@link GcraTable.cap} has it. */
  cap(rate: Rate, sinceNs: number): void;
  /** Everyone is as new. */
  clear(): void | Promise<void>;
  status(): TableStatus;
}

/** In this process: what it knows is known at once. */
export interface LocalCounter extends LimitCounter {
  take(key: ClientKey, quantity: number, rate: Rate, nowNs: number): Decision;
  /** As {@link GcraTable.owe} has it. */
  owe(key: ClientKey, owedNs: number, nowNs: number): void;
}

export function localCounter(keysMax: number): LocalCounter {
  const table = new GcraTable(keysMax, randomInt(2 ** 31));
  return {
    owe: (key, owedNs, nowNs) => table.owe(key, owedNs, nowNs),
    take: (key, quantity, rate, nowNs) => table.take(key, quantity, rate, nowNs),
    cap: (rate, sinceNs) => table.cap(rate, sinceNs),
    clear: () => table.clear(),
    status: () => {
      const { places, used, bytes, washedOut } = table;
      return { places, used, bytes, washedOut };
    },
  };
}
