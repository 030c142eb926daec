/** What is told of experiments: to whoever asks, and to whoever has just changed something. */
import type { Desk } from './desk.ts';
import type { Experiments } from './experiments.ts';
import type { Act, CanaryState, Experiment } from './state.ts';
import { variantOf } from './variants.ts';

const time = (ms: number): string | null => (ms === 0 ? null : new Date(ms).toISOString());

const told = ({ by, reason, atMs }: Act): object => ({ by, reason, at: time(atMs) });

/** What each would be, and is while nothing is stopped. */
export const briefOf = (one: Experiment): object => {
  const { name, phase, percentage, stepped, step, stepAtMs, definition, last } = one;
  return {
    name,
    phase,
    percentage,
    stepped,
    step: stepped ? { at: step, of: definition.plan.steps.length, since: time(stepAtMs) } : null,
    variants: { control: variantOf(one, 'control')?.name ?? null, canary: variantOf(one, 'canary')?.name ?? null },
    last: told(last),
  };
};

export const stateOf = ({ stop, experiments }: CanaryState): object => ({
  status: statusOf({ stop, experiments }),
  emergencyStop: stop === null ? null : told(stop),
  experiments: experiments.map(briefOf),
});

const statusOf = ({ stop, experiments }: Pick<CanaryState, 'stop' | 'experiments'>): string => {
  if (stop !== null) return 'emergency_stop';
  return experiments.every(({ phase }) => phase === 'pending' || phase === 'rolled_back') ? 'disabled' : 'active';
};

/** @param name of the one that is asked for; all where it is undefined */
export function canaryStatus({ desk, file, evidenceOf }: CanaryStatusParts, name: string | undefined): object {
  const { state, unkept } = desk;
  return {
    ...stateOf(state),
    file: { path: file.path, kept: unkept === null, detail: unkept },
    experiments: state.experiments
      .filter((one) => name === undefined || one.name === name)
      .map((one) => ({ ...briefOf(one), definition: one.definition, seen: evidenceOf(one.name) })),
    events: [...state.events].reverse().map(({ experiment, event, ...act }) => ({ experiment, event, ...told(act) })),
  };
}

interface CanaryStatusParts extends Pick<Experiments, 'file' | 'evidenceOf'> {
  readonly desk: Pick<Desk, 'state' | 'unkept'>;
}
