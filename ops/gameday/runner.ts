/**
 * Plays the scenarios one after the other on a running server, and leaves it as it was.
 *
 * ```
 * visitors ask ─▶ it goes wrong ─▶ noticed, acted on ─▶ taken back ─▶ good again ─▶ actions undone, incident resolved ─▶ calm
 * ```
 */

import { EngineError } from '../../engine/errors.ts';
import { inflict, prepare, withdrawFaults } from './inflict.ts';
import { judge } from './judge.ts';
import { type Load, type LoadSecond, openLoad } from './load/index.ts';
import type { Result } from './result.ts';
import { GOOD_P95_MS, type Scenario } from './scenario.ts';
import { CALMING } from './scenarios.ts';
import { isGood, type Seen, steadyFrom } from './seen.ts';
import type { Pause, Stage } from './stage.ts';
import { cleanUp, settle } from './tidy.ts';
import { Watch } from './watch.ts';

export interface GamedayParts {
  readonly stage: Stage;
  readonly queries: readonly string[];
  readonly seed: number;
  readonly signal: AbortSignal;
  /** What is being done. */
  readonly say: (text: string) => void;
}

/** A server that has just started opens models, compiles code and takes its time over it. */
const WARM_UP_MS_MAX = 90_000;
/** What is seen of the service before anything goes wrong. */
const BEFORE_MS = 3000;
const LOOK_MS = 250;
/** What goes wrong goes on for so long after everything about it was seen. */
const LINGER_MS = 1500;
const RECOVERY_MS_MAX = 45_000;
/** A decoy could still be taken for something so long after it is over. */
const AFTERMATH_MS = 6000;

/** @throws EngineError where the server refuses what is asked of it; the reason of the signal where it is called off */
export async function rehearse(
  parts: GamedayParts,
  scenarios: readonly Scenario[],
  done: (result: Result) => void,
): Promise<Result[]> {
  const { stage, queries, signal } = parts;
  const heard: LoadSecond[] = [];
  const load = openLoad({ target: stage.target, queries }, (second) => heard.push(second));
  const results: Result[] = [];
  const pause = pauseUntil(signal);
  try {
    for (const [n, scenario] of scenarios.entries()) {
      parts.say(`${scenario.name}: ${scenario.title}`);
      const from = heard.length;
      const seen = await play({ ...parts, seed: parts.seed + n, load, pause, heard, from }, scenario);
      const result = judge(scenario, seen);
      results.push(result);
      done(result);
    }
  } finally {
    load.close();
  }
  return results;
}

interface PlayParts extends GamedayParts {
  readonly load: Load;
  readonly pause: Pause;
  /** Grows while load runs. */
  readonly heard: LoadSecond[];
  readonly from: number;
}

async function play(parts: PlayParts, scenario: Scenario): Promise<Seen> {
  const { stage, load, seed, pause, heard, from } = parts;
  await prepare({ stage, pause }, scenario.trouble);
  load.run([...scenario.lanes, CALMING], seed);
  await warmUp({ pause, seconds: () => heard.slice(from) });
  // What a cold start or the fault before brought about is none of what is rehearsed.
  await settle(stage, pause);
  load.run(scenario.lanes, seed);
  await pause(BEFORE_MS);
  const watch = new Watch(stage, pause);
  const seconds = (): readonly LoadSecond[] => heard.slice(from);
  let takeBack: () => Promise<void> = async () => {};
  const onsetMs = Date.now();
  try {
    takeBack = await inflict({ stage, load, seed, pause, own: (id) => watch.own(id) }, scenario);
    await unfold(scenario, { watch, pause, seconds, onsetMs });
  } finally {
    try {
      await takeBack();
    } finally {
      await withdrawFaults(stage);
    }
  }
  const withdrawnMs = Date.now();
  const recoveredMs = await recovery({ pause, seconds, withdrawnMs, scenario });
  if (scenario.expected === null) await pause(AFTERMATH_MS);
  const kept = [...seconds()];
  const incidents = await watch.end();
  await cleanUp(stage, { pause, ids: incidents.map(({ id }) => id) });
  return { onsetMs, withdrawnMs, recoveredMs, incidents, seconds: kept };
}

/** @throws EngineError overloaded where the service is not good before anything goes wrong */
async function warmUp({ pause, seconds }: Pick<Unfolding, 'pause' | 'seconds'>): Promise<void> {
  // Where the server saves itself from too much, what it leaves out can neither fail nor be late. Some lack a stage for their language.
  const good = (second: LoadSecond): boolean => isGood(second, GOOD_P95_MS) && second.degraded <= second.answered / 2;
  for (const untilMs = Date.now() + WARM_UP_MS_MAX; Date.now() < untilMs; await pause(LOOK_MS))
    if (steadyFrom(seconds(), 0, good) !== null && seconds().slice(-3).every(good)) return;
  throw new EngineError(
    'overloaded',
    `Not three good seconds in ${WARM_UP_MS_MAX / 1000} s before anything goes wrong: 95th percentile of the last ones ${seconds()
      .slice(-3)
      .map(({ p95Ms }) => (p95Ms === null ? 'none' : `${Math.round(p95Ms)} ms`))
      .join(', ')}`,
    { remedy: 'Look at the server first: wp-chat slo status; or let the machine come to rest' },
  );
}

interface Unfolding {
  readonly watch: Watch;
  readonly pause: Pause;
  readonly seconds: () => readonly LoadSecond[];
  readonly onsetMs: number;
}

/** Until all that is expected was seen, or its time is over. */
async function unfold({ expected, lastsS }: Scenario, { watch, pause, seconds, onsetMs }: Unfolding): Promise<void> {
  const untilMs = onsetMs + lastsS * 1000;
  while (Date.now() < untilMs) {
    await pause(Math.min(LOOK_MS, Math.max(0, untilMs - Date.now())));
    if (expected === null) continue;
    const incident = watch.incidents.find(({ type }) => type === expected.type);
    const begun = [...expected.automatic, ...expected.tried].every((action) =>
      incident?.actions.some((one) => one.action === action && one.phase !== 'started'),
    );
    const lastBad = seconds().findLast(({ p95Ms, atMs }) => atMs > onsetMs && (p95Ms ?? 0) >= GOOD_P95_MS);
    const isFast = lastBad === undefined || seconds().filter(({ atMs }) => atMs > lastBad.atMs).length >= 3;
    if (!begun || (expected.mitigateSMax !== null && !isFast)) continue;
    await pause(LINGER_MS);
    return;
  }
}

interface Recovering extends Pick<Unfolding, 'pause' | 'seconds'> {
  readonly withdrawnMs: number;
  readonly scenario: Scenario;
}

async function recovery({ pause, seconds, withdrawnMs }: Recovering): Promise<number | null> {
  for (const untilMs = Date.now() + RECOVERY_MS_MAX; Date.now() < untilMs; ) {
    const since = steadyFrom(seconds(), withdrawnMs, (second) => isGood(second, GOOD_P95_MS));
    if (since !== null) return since;
    await pause(LOOK_MS);
  }
  return null;
}

/** Pauses that end with the signal. */
const pauseUntil =
  (signal: AbortSignal): Pause =>
  (ms) =>
    new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const off = (): void => {
        clearTimeout(timer);
        reject(signal.reason as Error);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', off);
        resolve();
      }, ms);
      signal.addEventListener('abort', off, { once: true });
    });
