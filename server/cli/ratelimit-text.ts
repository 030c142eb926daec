/** What the limiter says of itself, in words and columns. */
import type { Preview } from '../limits/index.ts';
import { table } from './command.ts';

export interface PolicyStatus {
  readonly name: string;
  readonly maxRequests: number;
  readonly windowSeconds: number;
  readonly burst: number;
  readonly until: string | null;
}

export interface BlockStatus {
  readonly address: string;
  readonly reason: string;
  readonly by: string;
  readonly until: string;
  readonly refused: number;
}

/** What `GET /stats/rate-limit` answers. */
export interface LimitStatus {
  readonly requestsPerSecond: number;
  readonly limitedPerSecond: number;
  readonly talkers: readonly { readonly client: string; readonly requests: number }[];
  readonly enabled: boolean;
  readonly policy: PolicyStatus;
  readonly refused: Readonly<Record<string, number>>;
  readonly forwardedByStrangers: number;
  readonly blocks: { readonly count: number; readonly latest: readonly BlockStatus[] };
}

/** What an adjustment answers. */
export interface Adjusted {
  readonly policy: PolicyStatus;
  readonly preview: Preview;
}

export const policyText = ({ name, maxRequests, windowSeconds, burst, until }: PolicyStatus): string =>
  `Limit ${name}: ${maxRequests} queries in ${windowSeconds} s, ${burst} at once${until === null ? '' : `, until ${until}`}`;

export function previewText({
  recordedSeconds,
  requests,
  refused,
  refusedPercent,
  clients,
  clientsRefused,
  worst,
}: Preview): string {
  const sum = `Of ${requests} queries in the last ${recordedSeconds} s it would have refused ${refused} (${refusedPercent} %), of ${clientsRefused} clients out of ${clients}`;
  if (worst.length === 0) return sum;
  const rows = worst.map((one) => [one.client, String(one.requests), String(one.refused)]);
  return `${sum}\n\n${table([['CLIENT', 'QUERIES', 'REFUSED'], ...rows])}`;
}

export const adjustedText = ({ policy, preview }: Adjusted): string => `${policyText(policy)}\n${previewText(preview)}`;

export function statusText(status: LimitStatus): string {
  const { requestsPerSecond, limitedPerSecond, talkers, enabled, policy, refused, forwardedByStrangers, blocks } =
    status;
  const strangers =
    forwardedByStrangers === 0
      ? []
      : [
          `${forwardedByStrangers} requests came through proxies that are not trusted: if they are yours, name them in server.limits.trustedProxies`,
        ];
  const talking = talkers.map(({ client, requests }) => [client, String(requests)]);
  const blocked = blocks.latest.map((one) => [one.address, one.by, one.until, String(one.refused), one.reason]);
  return [
    [
      enabled ? policyText(policy) : 'Searches are not limited (server.limits.enabled); blocks hold',
      `${requestsPerSecond.toFixed(1)} requests/s, ${limitedPerSecond.toFixed(1)} of them refused; since the start: ${Object.values(refused).reduce((sum, one) => sum + one, 0)} queries`,
      ...strangers,
    ].join('\n'),
    ...(talking.length === 0 ? [] : [table([['BUSIEST IN THE LAST MINUTE', 'REQUESTS'], ...talking])]),
    ...(blocked.length === 0 ? [] : [table([['BLOCKED', 'BY', 'UNTIL', 'TURNED AWAY', 'REASON'], ...blocked])]),
  ].join('\n\n');
}
