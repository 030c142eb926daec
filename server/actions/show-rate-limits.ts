/** How much is refused, of whom, and who makes up most of it? */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { Snapshot } from '../../ops/index.ts';
import type { Limits, Suspect } from '../limits/index.ts';
import { action } from './define.ts';

export interface ShowRateLimitsParts {
  readonly limits: Pick<Limits, 'status' | 'operate'>;
  readonly traffic: () => Snapshot['limits'];
}

export const showRateLimits = ({ limits, traffic }: ShowRateLimitsParts): ActionDefinition =>
  action({
    id: 'show_rate_limits',
    title: 'Show rate limits',
    about:
      'Which limit is in force, what is blocked, who asks most, and who is refused more than he is answered. Changes nothing.',
    risk: 'none',
    command: 'wp-chat ratelimit status',
    runbookCommand: 'curl http://localhost:8080/stats/rate-limit',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({}),
    preview: () => ['Nothing is changed'],
    run: async () => {
      const status = limits.status();
      const suspects = limits.operate.suspects();
      const { limitedPerSecond, talkers } = traffic();
      const { maxRequests, windowSeconds, burst } = status.policy;
      const said = [
        `${maxRequests} queries in ${windowSeconds} s, ${burst} at once`,
        `${Math.round(limitedPerSecond)} a second are refused`,
        `${status.blocks.count} ranges are blocked`,
        suspects.length === 0 ? 'nobody stands out' : `worst: ${suspects.slice(0, 5).map(suspectText).join(', ')}`,
      ].join('; ');
      return { changed: false, said, details: { ...status, limitedPerSecond, talkers, suspects } };
    },
  });

export const suspectText = ({ address, requests, refused }: Suspect): string =>
  `${address} (${refused} of ${requests} refused in 5 min)`;
