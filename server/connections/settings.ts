/** How many connections, and how patient with them? `server.connections`. */
import { z } from 'zod';
import { unreadableRange } from '../limits/network.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

const RANGES_CHARS_MAX = 8192;

export const connectionsSchema = z.strictObject({
  totalMax: int(16, 1_000_000, 10_000, 'Connections in all; a further one is closed unless its address is exempt'),
  perAddressMax: int(1, 1_000_000, 256, 'Connections of one address, an IPv6 /64 as one; a further one is closed'),
  exempt: z
    .string()
    .max(RANGES_CHARS_MAX)
    .refine((text) => unreadableRange(text) === null, 'addresses or CIDR ranges separated by commas')
    .default('127.0.0.0/8,::1/128')
    .describe(
      'Addresses that may hold any number, besides server.limits.trustedProxies, as CIDR ranges separated by commas',
    ),
  idleSeconds: int(
    5,
    240,
    10,
    'Time without a whole request, or with nothing taken of an answer, after which a connection is closed, to within 4 s',
  ),
  bodyMs: int(100, 600_000, 10_000, 'Time in which the body of a request must have come whole'),
  answerMs: int(
    1000,
    3_600_000,
    60_000,
    'Time in which a client must have taken an answer, exports and dashboards excepted',
  ),
});

export type ConnectionSettings = z.infer<typeof connectionsSchema>;
