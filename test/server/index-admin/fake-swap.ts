/** A swap whose loading, workers and last queries a test holds in its hands, and a log of what was done in which order. */
import { setImmediate as turn } from 'node:timers/promises';
import { IndexSwap, type SwapPorts } from '../../../server/index-admin/index-swap.ts';
import type { Kept, ModelsReport } from '../../../server/pool/index.ts';
import { keptOf, READY } from '../pool/fake-crew.ts';

export interface Gate<Value> {
  readonly promise: Promise<Value>;
  open(value: Value): Promise<void>;
  fail(error: Error): Promise<void>;
}

export function gate<Value>(): Gate<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<Value>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return {
    promise,
    open: async (value) => {
      resolve(value);
      await turn();
    },
    fail: async (error) => {
      reject(error);
      await turn();
    },
  };
}

export function arrangeSwap(models: ModelsReport = READY) {
  const log: string[] = [];
  const gates = { load: gate<Kept>(), open: gate<ModelsReport>(), empty: gate<void>() };
  const disk = { current: 'A' as string | null, names: ['A', 'B', 'C'], pointing: null as Error | null };
  let serving: Kept = keptOf('A', log);
  let nowMs = 1000;
  const ports: SwapPorts = {
    pool: {
      get serving() {
        return serving;
      },
      open: ({ manifest }) => {
        log.push(`opens ${manifest.generation}`);
        return gates.open.promise;
      },
      goOverTo: (kept) => {
        log.push(`goes over to ${kept.manifest.generation}`);
        serving = kept;
        return gates.empty.promise;
      },
      letGo: async (kept) => {
        log.push(`lets go of ${kept.manifest.generation}`);
        await kept.release();
      },
    },
    load: (generation) => {
      log.push(`loads ${generation}`);
      return gates.load.promise;
    },
    lease: (generation) => {
      log.push(`leases ${generation}`);
      return () => log.push(`gives back ${generation}`);
    },
    current: () => disk.current,
    point: ({ manifest: { generation } }) => {
      if (disk.pointing !== null) throw disk.pointing;
      log.push(`points at ${generation}`);
      disk.current = generation;
    },
    names: () => disk.names,
    changes: () => ({}),
    report: (event, detail) => log.push(detail === null ? event : `${event}: ${detail}`),
    wallMs: () => {
      nowMs += 10;
      return nowMs;
    },
  };
  const swap = new IndexSwap(ports, models, () => log.push('gives back A'));
  /** Fresh gates for the next swap. */
  const again = (): void => {
    gates.load = gate();
    gates.open = gate();
    gates.empty = gate();
  };
  const kept = (generation: string): Kept => keptOf(generation, log);
  return { swap, log, gates, disk, again, kept };
}
