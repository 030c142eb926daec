/** Experiments are off: one, or all of them. */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import { type Experiment, experimentOf } from '../canary/index.ts';
import { action } from './define.ts';
import type { EmergencyStopParts } from './emergency-stop.ts';
import { givenBack, isOn, moved, reasonOf, unkeptNote } from './experiment-moves.ts';

export const disableCanary = ({
  desk,
  canaryPercent,
}: Pick<EmergencyStopParts, 'desk' | 'canaryPercent'>): ActionDefinition => {
  const onesOf = (name: string | null): Experiment[] =>
    desk.state.experiments.filter((one) => isOn(one) && (name === null || one.name === name));
  return action({
    id: 'disable_canary',
    title: 'Disable experiments',
    about:
      'An experiment, or every one of them, is off: everybody is on its control. Of reranking that is: not reranked.',
    risk: 'low',
    command: 'wp-chat canary disable --yes',
    runbookCommand: 'curl -X POST http://localhost:8080/admin/canary/disable',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: 'experiments',
    parameters: z.strictObject({
      experiment: z.string().max(64).nullable().default(null).describe('Its name; every one where not given'),
    }),
    objection: ({ experiment }) =>
      experiment === null || experimentOf(desk.state, experiment) !== undefined
        ? null
        : `There is no experiment of that name: ${experiment}`,
    preview: ({ experiment }) => {
      const on = onesOf(experiment);
      return on.length === 0
        ? ['Nothing: all that is meant is off']
        : on.map(({ name, phase }) => `${name} is off (now ${phase}): everybody is on its control`);
    },
    run: async ({ experiment }, { by, incidentId }) => {
      const before = onesOf(experiment);
      if (before.length === 0) return { changed: false, said: 'All that is meant is off already' };
      const share = canaryPercent();
      const reason = reasonOf('disable_canary', incidentId);
      const left = await moved(desk, { kind: 'disable', name: experiment }, { by, reason });
      return {
        changed: true,
        said: `Off: ${before.map(({ name }) => name).join(', ')}${unkeptNote(desk)}`,
        undo: () => givenBack(desk, { before, left }, { by, reason: 'disable_canary is taken back' }),
        probe: async () => {
          const still = onesOf(experiment);
          const measured = { measure: 'share on canaries %', before: share, after: canaryPercent() };
          const said =
            still.length === 0
              ? `${measured.after} % are on a canary`
              : `Still on: ${still.map(({ name }) => name).join(', ')}`;
          return { ok: still.length === 0, said, measured };
        },
      };
    },
  });
};
