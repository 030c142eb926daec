/** How much may a client hold of us? Connections counted by address, and an end for bodies and answers that trickle. */
import type { Clock } from '../../engine/clock.ts';
import { parseNetworks } from '../limits/index.ts';
import { Census } from './census.ts';
import { Deadlines } from './deadlines.ts';
import { connectedTo } from './kernel-table.ts';
import type { ConnectionSettings } from './settings.ts';

export { connectionFamilies } from './connection-families.ts';

const SWEEP_MS = 250;

export interface ConnectionStatus {
  /** Null where the build of uWebSockets.js does not tell of connections; then none is refused. */
  readonly open: number | null;
  readonly totalMax: number;
  readonly perAddressMax: number;
  /** Closed at once since the start, by the bound that they met. */
  readonly refused: { readonly perAddress: number; readonly total: number };
  /** Requests whose body, answers whose reader took too long. */
  readonly late: { readonly bodies: number; readonly answers: number };
}

export interface Connections {
  readonly idleSeconds: number;
  readonly census: Census;
  /** A port whose connections are counted from now on. */
  watch(port: number): void;
  /** Waits for a body; calls `late` where it does not come in time. @returns what to call when it came, or its client left */
  awaitBody(late: () => void): () => void;
  /** As {@link awaitBody}, for an answer that a client reads. */
  awaitReader(late: () => void): () => void;
  status(): ConnectionStatus;
}

export interface ConnectionParts {
  readonly connections: ConnectionSettings;
  readonly limits: { readonly trustedProxies: string };
}

export function openConnections({ connections: settings, limits }: ConnectionParts, clock: Clock): Connections {
  const { totalMax, perAddressMax, idleSeconds, bodyMs, answerMs } = settings;
  const ports = new Set<number>();
  const census = new Census({
    totalMax,
    perAddressMax,
    exempt: [...parseNetworks(settings.exempt), ...parseNetworks(limits.trustedProxies)],
    clock,
    recount: () => connectedTo(ports),
  });
  const nowMs = (): number => clock.nowUs() / 1000;
  const [bodies, answers] = [new Deadlines(bodyMs, nowMs), new Deadlines(answerMs, nowMs)];
  const late = { bodies: 0, answers: 0 };
  setInterval(() => {
    bodies.sweep();
    answers.sweep();
  }, SWEEP_MS).unref();
  return {
    idleSeconds,
    census,
    watch: (port) => ports.add(port),
    awaitBody: (tooLate) =>
      bodies.begin(() => {
        late.bodies += 1;
        tooLate();
      }),
    awaitReader: (tooLate) =>
      answers.begin(() => {
        late.answers += 1;
        tooLate();
      }),
    status: () => ({
      open: ports.size > 0 ? census.open : null,
      totalMax,
      perAddressMax,
      refused: census.refused,
      late: { ...late },
    }),
  };
}
