/** What does the server say of itself? Asked before a sweep; whatever it does not say stays unknown. */
import { z } from 'zod';
import type { Target } from './connection.ts';

const ANSWER_MS = 2000;

const deviceSchema = z.object({
  device: z.object({ cpu: z.string(), cores: z.number().int().positive() }),
  threads: z.object({ workers: z.number().int().positive() }),
});
const metricsSchema = z.object({ endpoints: z.record(z.string(), z.object({ requests: z.number().nonnegative() })) });

export const serverFactsSchema = z.object({
  cpu: z.string().nullable(),
  cores: z.number().int().positive().nullable(),
  workers: z.number().int().positive().nullable(),
});
export type ServerFacts = z.infer<typeof serverFactsSchema>;

export const UNKNOWN_SERVER: ServerFacts = { cpu: null, cores: null, workers: null };

export async function serverFacts(target: Target): Promise<ServerFacts> {
  const device = deviceSchema.safeParse(await statsOf(target, 'device'));
  if (!device.success) return UNKNOWN_SERVER;
  const { device: machine, threads } = device.data;
  return { cpu: machine.cpu, cores: machine.cores, workers: threads.workers };
}

/** Searches that the server has ended since it started, whatever their end; null where it does not say. */
export async function searchesSoFar(target: Target): Promise<number | null> {
  const metrics = metricsSchema.safeParse(await statsOf(target, 'metrics'));
  if (!metrics.success) return null;
  return ['/search', '/search/batch#query'].reduce(
    (sum, path) => sum + (metrics.data.endpoints[path]?.requests ?? 0),
    0,
  );
}

/** Null where there is no answer, or none in JSON. */
async function statsOf({ host, port }: Target, name: string): Promise<unknown> {
  const address = host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${address}:${port}/stats/${name}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return await answer.json();
  } catch {
    return null;
  }
}
