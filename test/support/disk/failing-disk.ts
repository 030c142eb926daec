/** A disk that refuses one call, or every call from one on, with a code of the operating system. */
import type { Disk } from '../../../engine/store/disk/index.ts';

export interface Failing {
  readonly disk: Disk;
  /** Calls so far, those on opened files included. */
  readonly calls: () => number;
  /** The method that was refused first; null where none was. */
  readonly refused: () => string | null;
}

export interface Failure {
  readonly code: string;
  /** Number of the call that fails, 0-based; Infinity for none. */
  readonly at: number;
  /** Whether all later calls of a kind that `fails` fail too. */
  readonly lasting: boolean;
  /** Which methods can fail with this code. */
  readonly fails: (method: string) => boolean;
}

export function failingDisk(inner: Disk, { code, at, lasting, fails }: Failure): Failing {
  let calls = 0;
  let first: string | null = null;
  const due = (method: string): boolean => {
    if (!fails(method)) return false;
    const number = calls++;
    return lasting ? number >= at : number === at;
  };
  const wrap = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get: (_, key) => {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== 'function') return value;
        return (...given: unknown[]): unknown => {
          const method = String(key);
          if (due(method)) {
            first ??= method;
            // A full disk takes a part of what it is given.
            if (method === 'write') value.call(target, (given[0] as Uint8Array).subarray(0, 1));
            throw Object.assign(new Error(`${code}: refused, ${method}`), { code });
          }
          const result: unknown = value.apply(target, given);
          if (result instanceof Promise) return result.then((opened) => (isOpened(opened) ? wrap(opened) : opened));
          return method === 'open' ? wrap(result as object) : result;
        };
      },
    });
  return { disk: wrap(inner), calls: () => calls, refused: () => first };
}

const isOpened = (value: unknown): value is object => typeof value === 'object' && value !== null && 'read' in value;
