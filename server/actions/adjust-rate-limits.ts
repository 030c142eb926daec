/** Another limit for everyone, for a while. */
import { z } from 'zod';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { Limits, LimitTerms, PolicyStatus, Preview } from '../limits/index.ts';
import { action } from './define.ts';
import type { ShowRateLimitsParts } from './show-rate-limits.ts';

const MINUTES = 15;
const MINUTES_MAX = 44_640;
const REQUESTS_MAX = 1_000_000;
const WINDOW_SECONDS_MAX = 86_400;
/** Of those who asked lately; a limit that refuses more of them is no longer about who asks too much. */
const CLIENTS_REFUSED_MAX = 0.5;
/** By which a limit that is not given is sought. */
const HALVINGS = 8;
const CLIENTS_HARMED_MAX = 0.1;

const parametersSchema = z.strictObject({
  max_requests: z
    .int()
    .min(1)
    .max(REQUESTS_MAX)
    .nullable()
    .default(null)
    .describe('Queries a client may ask in a window; sought by what was asked lately where not given'),
  window_seconds: z.int().min(1).max(WINDOW_SECONDS_MAX).default(1),
  burst: z
    .int()
    .min(1)
    .max(REQUESTS_MAX)
    .nullable()
    .default(null)
    .describe('Queries at once; max_requests where not given'),
  minutes: z.int().min(1).max(MINUTES_MAX).default(MINUTES).describe('Then the limit is what it was before'),
  force: z.boolean().default(false).describe('Even where most clients of the last five minutes would be refused'),
});

export interface AdjustRateLimitsParts extends ShowRateLimitsParts {
  readonly wallMs: () => number;
}

export const adjustRateLimits = ({ limits, traffic, wallMs }: AdjustRateLimitsParts): ActionDefinition =>
  action({
    id: 'adjust_rate_limits',
    title: 'Adjust rate limits',
    about:
      'A lower limit holds for every client, here and in other processes, for a while. It refuses whoever asks more, whoever that is.',
    risk: 'high',
    command: 'wp-chat ratelimit adjust --max-requests 20 --window 1s --for 15m --yes',
    runbookCommand: `curl -X POST http://localhost:8080/admin/rate-limit/adjust -d '{"max_requests": 10, "window_seconds": 3600}'`,
    timeBudgetMs: 60_000,
    cooldownMs: 0,
    concurrencyKey: 'limits',
    parameters: parametersSchema,
    objection: (given) => {
      const { clients, clientsRefused } = limits.operate.preview(termsOf(limits, given));
      if (given.force || clientsRefused < 2 || clientsRefused <= CLIENTS_REFUSED_MAX * clients) return null;
      return `It would have refused ${clientsRefused} of the ${clients} clients of the last five minutes. Give "force": true where that is meant`;
    },
    preview: (given) => {
      const terms = termsOf(limits, given);
      return [
        `${terms.maxRequests} queries in ${terms.windowSeconds} s, ${terms.burst} at once, for ${given.minutes} min`,
        ...sentencesOf(limits.operate.preview(terms)),
      ];
    },
    run: async (given) => {
      const terms = termsOf(limits, given);
      const before = limits.status().policy;
      const refusedBefore = traffic().limitedPerSecond;
      const policy = limits.operate.adjust(terms, given.minutes * 60);
      return {
        changed: true,
        said: `${terms.maxRequests} queries in ${terms.windowSeconds} s, ${terms.burst} at once, until ${policy.until}`,
        details: { policy, preview: limits.operate.preview(terms) },
        undo: async () => {
          if (!isStill(limits.status().policy, policy)) return 'it was changed meanwhile, and stays';
          const leftMs = before.until === null ? 0 : Date.parse(before.until) - wallMs();
          if (leftMs > 0) limits.operate.adjust(before, leftMs / 1000);
          else await limits.operate.reset();
          return `${before.maxRequests} queries in ${before.windowSeconds} s again`;
        },
        expiresInMs: given.minutes * 60_000,
        probe: async () => {
          const inForce = limits.status().policy;
          const ok = inForce.name === 'adjusted' && inForce.maxRequests === terms.maxRequests;
          const measured = {
            measure: 'refused queries a second',
            before: refusedBefore,
            after: traffic().limitedPerSecond,
          };
          return { ok, said: ok ? 'The limit is in force' : 'Another limit is in force', measured };
        },
      };
    },
  });

function termsOf(
  { operate, status }: Pick<Limits, 'operate' | 'status'>,
  given: z.infer<typeof parametersSchema>,
): LimitTerms {
  const { max_requests: maxRequests, window_seconds: windowSeconds, burst } = given;
  if (maxRequests !== null) return { maxRequests, windowSeconds, burst: burst ?? maxRequests };
  // The lowest of its halves that still lets nearly everyone through as he asked lately.
  const { policy } = status();
  let found: LimitTerms = { maxRequests: policy.maxRequests, windowSeconds: policy.windowSeconds, burst: policy.burst };
  for (let halving = 1; halving <= HALVINGS; halving++) {
    const next = halved(found);
    const { clients, clientsRefused } = operate.preview(next);
    if (clientsRefused > Math.max(1, CLIENTS_HARMED_MAX * clients)) break;
    found = next;
  }
  return found;
}

/** Times are as exact as the wall clock is. */
const SAME_MS = 1000;

/** Whether it is in force, or has ended by itself and nobody has set another one since. */
function isStill(now: PolicyStatus, set: PolicyStatus): boolean {
  const near = (one: string, other: string): boolean => Math.abs(Date.parse(one) - Date.parse(other)) < SAME_MS;
  if (now.name === 'default') return near(now.since, set.until!);
  return near(now.since, set.since) && now.maxRequests === set.maxRequests && now.burst === set.burst;
}

const halved = ({ maxRequests, windowSeconds, burst }: LimitTerms): LimitTerms => ({
  maxRequests: Math.max(1, Math.floor(maxRequests / 2)),
  windowSeconds,
  burst: Math.max(1, Math.floor(burst / 2)),
});

function sentencesOf({
  recordedSeconds,
  requests,
  refused,
  refusedPercent,
  clients,
  clientsRefused,
  worst,
}: Preview): string[] {
  if (requests === 0) return ['Nobody has asked lately, so it is not known whom it would refuse'];
  return [
    `Of the last ${recordedSeconds} s it would have refused ${refused} of ${requests} queries (${refusedPercent} %), of ${clientsRefused} of ${clients} clients`,
    ...worst.slice(0, 5).map(({ client, requests: asked, refused: lost }) => `${client}: ${lost} of ${asked} refused`),
  ];
}
