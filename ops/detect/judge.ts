/** All detectors together: an observation in, a verdict of each out. */
import type { Observation } from '../observation.ts';
import type { Verdict } from '../verdict.ts';
import { absence } from './absence.ts';
import { cache } from './cache.ts';
import { cpu } from './cpu.ts';
import type { Detector } from './detector.ts';
import { emptiness } from './emptiness.ts';
import { errors } from './errors.ts';
import { flood } from './flood.ts';
import { loop } from './loop.ts';
import { memory } from './memory.ts';
import { memoryGrowth } from './memory-growth.ts';
import { models } from './models.ts';
import { queue } from './queue.ts';
import type { DetectSettings } from './settings.ts';
import { slowness } from './slowness.ts';

/** Shares of good events, 0 to 1, such as 0.995 and 0.95. */
export interface DetectObjectives {
  readonly availabilityTarget: number;
  /** Of answers within the latency objective. */
  readonly latencyTarget: number;
}

export interface Detectors {
  /** One verdict a detector, in the same order every time. */
  step(observation: Observation): readonly Verdict[];
}

type Watch = (observation: Observation) => Verdict;

/** @throws nothing: settings that the schema let through are workable, and no observation is too odd */
export function createDetectors(settings: DetectSettings, objectives: DetectObjectives): Detectors {
  const watches: readonly Watch[] = [
    watch('errors', errors, { ...settings.errors, target: objectives.availabilityTarget }),
    watch('slowness', slowness, { ...settings.slowness, target: objectives.latencyTarget }),
    watch('absence', absence, settings.absence),
    watch('memory', memory, settings.memory),
    watch('memoryGrowth', memoryGrowth, settings.memoryGrowth),
    watch('loop', loop, settings.loop),
    watch('cpu', cpu, settings.cpu),
    watch('queue', queue, settings.queue),
    watch('cache', cache, settings.cache),
    watch('flood', flood, settings.flood),
    watch('models', models, settings.models),
    watch('emptiness', emptiness, settings.emptiness),
  ];
  return { step: (observation) => watches.map((look) => look(observation)) };
}

/** Keeps a detector's state, and since when it fires. */
function watch<Settings, State>(
  name: keyof DetectSettings,
  { incident, initial, step }: Detector<Settings, State>,
  settings: Settings,
): Watch {
  let state = initial;
  let sinceS: number | null = null;
  return (observation) => {
    const { state: next, finding } = step(state, observation, settings);
    state = next;
    const firing = finding.severity !== null;
    sinceS = firing ? (sinceS ?? observation.nowS) : null;
    let sentence: string | null = null;
    return {
      detector: name,
      incident,
      firing,
      severity: finding.severity,
      sinceS,
      level: finding.level,
      numbers: finding.numbers,
      // An own, enumerable property like the others: JSON and spreads carry it. Most are never read.
      get why() {
        sentence ??= finding.why();
        return sentence;
      },
    };
  };
}
