/** Does the process live, can it answer, and with what? */
import type { HttpAnswer } from '../http.ts';
import { json } from './json.ts';
import type { StatsParts } from './parts.ts';

/** The process runs. */
export const live = (): HttpAnswer => json({ live: true });

/** Queries can be answered; 503 while they cannot. Degraded models leave it ready: BM25 serves. */
export function ready(parts: StatsParts): HttpAnswer {
  const isReady = !parts.draining();
  return json({ ready: isReady }, isReady ? 200 : 503);
}

export function health(parts: StatsParts): HttpAnswer {
  const isReady = !parts.draining();
  const models = parts.models();
  const degraded = Object.values(models).some(({ state }) => state === 'unavailable');
  const status = isReady ? (degraded ? 'degraded' : 'ok') : 'draining';
  return json(
    {
      status,
      live: true,
      ready: isReady,
      models,
      generation: parts.pool.serving.manifest.generation,
      uptimeSeconds: Math.round((Date.now() - parts.startedAtMs) / 1000),
    },
    isReady ? 200 : 503,
  );
}
