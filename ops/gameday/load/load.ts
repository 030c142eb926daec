/** Load on a server of this machine from a process of its own, so that watching takes nothing from it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Target } from '../../capacity/index.ts';
import type { Lane, LoadSecond } from './lane.ts';
import type { LanesAsked } from './load-process.ts';

export interface Load {
  /** Exactly these lanes from now on. @param seed of their questions */
  run(lanes: readonly Lane[], seed: number): void;
  close(): void;
}

export function openLoad(
  { target, queries }: { readonly target: Target; readonly queries: readonly string[] },
  heard: (second: LoadSecond) => void,
): Load {
  const child = fork(fileURLToPath(new URL('./load-process.js', import.meta.url)));
  child.on('message', (second: LoadSecond) => heard(second));
  return {
    run: (lanes, seed) => {
      const asked: LanesAsked = { target, queries, seed, lanes };
      if (child.connected) child.send(asked);
    },
    close: () => {
      if (child.connected) child.disconnect();
    },
  };
}
