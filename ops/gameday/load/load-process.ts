/** The process that asks: takes the lanes that are to run from its parent, tells each second what became of them, and ends with it. */
import type { Target } from '../../capacity/index.ts';
import { Caller } from './caller.ts';
import type { Lane } from './lane.ts';
import { Tally } from './tally.ts';

export interface LanesAsked {
  readonly target: Target;
  readonly queries: readonly string[];
  readonly seed: number;
  /** Exactly these from now on. */
  readonly lanes: readonly Lane[];
}

const SECOND_MS = 1000;
const tally = new Tally();
const running = new Map<string, { readonly lane: Lane; readonly caller: Caller }>();

process.on('message', ({ lanes, ...plan }: LanesAsked) => {
  const key = (lane: Lane): string => JSON.stringify(lane);
  for (const [at, { caller }] of running) {
    if (lanes.some((lane) => key(lane) === at)) continue;
    caller.stop();
    running.delete(at);
  }
  for (const [n, lane] of lanes.entries()) {
    if (running.has(key(lane))) continue;
    const ended = tally.add.bind(tally);
    running.set(key(lane), { lane, caller: new Caller(lane, { ...plan, seed: plan.seed + n * 7919, ended }) });
  }
});
process.on('disconnect', () => process.exit());
// A terminal's Ctrl-C reaches every process: the parent says when this one is over.
process.on('SIGINT', () => {});
setInterval(() => process.send!(tally.take(Date.now())), SECOND_MS);
