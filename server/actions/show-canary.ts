/** Who gets what of something new, and is it any worse? */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { CanaryBrief } from '../../ops/index.ts';
import { action } from './define.ts';

export const showCanary = ({ brief }: { readonly brief: () => CanaryBrief }): ActionDefinition =>
  action({
    id: 'show_canary',
    title: 'Show experiments',
    about: 'Says what is tried, on how many, and what is known of it. Changes nothing.',
    risk: 'none',
    command: 'wp-chat canary status',
    runbookCommand: 'curl http://localhost:8080/admin/canary/status',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({}),
    preview: () => ['Nothing is changed'],
    run: async () => {
      const details = brief();
      return { changed: false, said: saidOf(details), details };
    },
  });

function saidOf({ stop, experiments }: CanaryBrief): string {
  const each = experiments.map(({ name, phase, sharePercent }) =>
    phase === 'running' || phase === 'paused' || phase === 'inconclusive'
      ? `${name} ${phase} at ${sharePercent} %`
      : `${name} ${phase}`,
  );
  const stopped = stop === null ? '' : `Everything is stopped by ${stop.by}; otherwise: `;
  return `${stopped}${each.join(', ')}`;
}
