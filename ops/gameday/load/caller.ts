/**
 * One lane of load: requests at their times, whatever the server does (open loop), each counted from when it was due. One without an
 * answer by its deadline has failed.
 */
import {
  Connection,
  isDegraded,
  queryMix,
  type Random,
  type Reply,
  randomOf,
  type Target,
} from '../../capacity/index.ts';
import type { Lane } from './lane.ts';

/** What became of a request. */
export interface Ending {
  /** Null where no answer came. */
  readonly status: number | null;
  /** Whether the answer is less than was asked for. */
  readonly degraded: boolean;
  /** After it was due. */
  readonly ms: number;
}

export interface CallerParts {
  readonly target: Target;
  readonly queries: readonly string[];
  readonly seed: number;
  readonly ended: (lane: Lane, ending: Ending) => void;
}

const DEADLINE_MS = 15_000;
/** Beyond so many under way nothing more is sent: what was due has failed. */
const UNDER_WAY_MAX = 500;

export class Caller {
  readonly #lane: Lane;
  readonly #parts: CallerParts;
  readonly #query: () => string;
  readonly #free: Connection[] = [];
  readonly #startMs = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #sent = 0;
  #underWay = 0;
  #over = false;

  constructor(lane: Lane, parts: CallerParts) {
    this.#lane = lane;
    this.#parts = parts;
    const random: Random = randomOf(parts.seed);
    this.#query = queryMix(parts.queries, lane.fresh, random);
    this.#tick();
  }

  /** Sends nothing more; what is under way is still counted. */
  stop(): void {
    this.#over = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const connection of this.#free.splice(0)) connection.close();
  }

  #dueMs(n: number): number {
    return this.#startMs + (n * 1000) / this.#lane.perSecond;
  }

  #tick(): void {
    for (let dueMs = this.#dueMs(this.#sent); dueMs <= performance.now(); dueMs = this.#dueMs(this.#sent)) {
      this.#sent += 1;
      if (this.#underWay < UNDER_WAY_MAX) this.#send(dueMs);
      else this.#parts.ended(this.#lane, { status: null, degraded: false, ms: DEADLINE_MS });
    }
    this.#timer = setTimeout(() => this.#tick(), Math.max(1, this.#dueMs(this.#sent) - performance.now()));
  }

  #send(dueMs: number): void {
    const connection = this.#connection();
    this.#underWay += 1;
    const done = ({ status, body }: Reply): void => {
      clearTimeout(late);
      this.#underWay -= 1;
      if (this.#over) connection.close();
      else if (connection.usable) this.#free.push(connection);
      this.#parts.ended(this.#lane, { status, degraded: isDegraded(body), ms: performance.now() - dueMs });
    };
    const late = setTimeout(
      () => {
        connection.close();
        done({ status: null, body: '' });
      },
      Math.max(0, dueMs + DEADLINE_MS - performance.now()),
    );
    connection.send(this.#request(), done);
  }

  #connection(): Connection {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) if (free.usable) return free;
    return new Connection(this.#parts.target);
  }

  #request(): Buffer {
    const { host, port } = this.#parts.target;
    const { kind, parameters, client } = this.#lane;
    const question = kind === 'invalid' ? 'topk=none' : `q=${encodeURIComponent(this.#query())}&${parameters}`;
    const name = host.includes(':') ? `[${host}]` : host;
    const from = client === null ? '' : `x-forwarded-for: ${client}\r\n`;
    return Buffer.from(
      `GET /search?${question} HTTP/1.1\r\nhost: ${name}:${port}\r\naccept: application/json\r\n${from}\r\n`,
    );
  }
}
