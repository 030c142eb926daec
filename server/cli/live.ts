/** Is it wp-chat that listens there? */
import type { Config } from '../config/index.ts';

/** A server that does not answer within this is taken for absent. */
const CONNECT_MS = 1000;

/** Where a server of this configuration is reached from its own machine. */
export const serverUrl = ({ server: { host, port } }: Config): string =>
  `http://${host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host}:${port}`;

/** @throws Error where nobody answers in time, or something else does */
export async function requireLive(base: string): Promise<void> {
  const answer = await fetch(new URL('/stats/health/live', base), { signal: AbortSignal.timeout(CONNECT_MS) });
  if (((await answer.json()) as { live?: boolean } | null)?.live !== true)
    throw new Error('it is not wp-chat that answers');
}
