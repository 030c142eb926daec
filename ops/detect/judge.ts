/** All detectors together: an observation in, a verdict of each out. */
import type { IncidentType } from '../incident-type.ts';
import type { Observation } from '../observation.ts';
import type { Verdict } from '../verdict.ts';
import { absence } from './absence.ts';
import { brownout } from './brownout.ts';
import { cache } from './cache.ts';
import { cpu } from './cpu.ts';
import type { Detector, Finding } from './detector.ts';
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
  /**
   * The same step without the sentences, for replays of months.
   *
   * @returns which detectors fire, in the order of `watched`; valid until the next step
   */
  advance(observation: Observation): readonly boolean[];
  /** Of the last step; none before the first. */
  verdicts(): readonly Verdict[];
  readonly watched: readonly Watched[];
}

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
    watch('brownout', brownout, settings.brownout),
    watch('cache', cache, settings.cache),
    watch('flood', flood, settings.flood),
    watch('models', models, settings.models),
    watch('emptiness', emptiness, settings.emptiness),
  ];
  const firing = watches.map(() => false);
  const advance = (observation: Observation): readonly boolean[] => {
    for (let at = 0; at < watches.length; at++) firing[at] = watches[at]!.advance(observation);
    return firing;
  };
  const verdicts = (): readonly Verdict[] => watches.flatMap(({ verdict }) => verdict());
  return {
    watched: watches,
    advance,
    verdicts,
    step: (observation) => {
      advance(observation);
      return verdicts();
    },
  };
}

/** A detector, and the incident that it belongs to. */
export interface Watched {
  readonly detector: keyof DetectSettings;
  readonly incident: IncidentType;
}

interface Watch extends Watched {
  /** Whether it fires. */
  readonly advance: (observation: Observation) => boolean;
  /** Of the last step. */
  readonly verdict: () => readonly Verdict[];
}

/** Keeps a detector's state, and since when it fires. */
function watch<Settings, State>(
  name: keyof DetectSettings,
  { incident, initial, step }: Detector<Settings, State>,
  settings: Settings,
): Watch {
  let state = initial;
  let finding: Finding | null = null;
  let sinceS: number | null = null;
  return {
    detector: name,
    incident,
    advance: (observation) => {
      const next = step(state, observation, settings);
      ({ state, finding } = next);
      const firing = finding.severity !== null;
      sinceS = firing ? (sinceS ?? observation.nowS) : null;
      return firing;
    },
    verdict: () => {
      if (finding === null) return [];
      const { severity, level, tell } = finding;
      const { why, numbers } = tell();
      return [{ detector: name, incident, firing: severity !== null, severity, sinceS, level, why, numbers }];
    },
  };
}
