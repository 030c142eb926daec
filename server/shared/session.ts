/** One connection to a Redis, from its opening to its first failure: whatever goes wrong ends it, and all that wait on it. */
import type { Script } from './script.ts';

export interface Session {
  /** @throws Error where there is no answer within the time, or a refusal: the session has ended then */
  run(script: Script, keys: readonly string[], words: readonly string[], timeoutMs: number): Promise<unknown>;
  readonly isOver: boolean;
  /** Resolves with the reason. */
  readonly ended: Promise<string>;
  end(reason: string): void;
}

export interface SessionParts {
  /** With user and password, as {@link storeAddress} knows it. */
  readonly url: string;
  /** Called whenever something is said on it. */
  readonly channel: string;
  readonly nudged: () => void;
  readonly timeoutMs: number;
}

const REASON_CHARS_MAX = 200;

/** @throws Error with a reason that can be shown */
export async function openSession(parts: SessionParts): Promise<Session> {
  const client = await clientOf(parts);
  const session = new RedisSession(client);
  const opened = client.connect().then(() => client.subscribe(parts.channel, parts.nudged));
  await session.within(parts.timeoutMs, () => opened);
  return session;
}

/** Does not come back by itself: whoever owns a session opens another. */
async function clientOf({ url, timeoutMs }: SessionParts) {
  // Loaded where there is a store: of the start of a server without one it would be a tenth.
  const { createClient } = await import('@redis/client');
  return createClient({
    url,
    RESP: 3,
    socket: { reconnectStrategy: false, connectTimeout: timeoutMs },
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: 'disabled',
  });
}

type Client = Awaited<ReturnType<typeof clientOf>>;

class RedisSession implements Session {
  readonly ended: Promise<string>;
  readonly #client: Client;
  readonly #waiting = new Set<(reason: string) => void>();
  #over: string | null = null;
  #tellEnd: (reason: string) => void = () => {};

  constructor(client: Client) {
    this.#client = client;
    this.ended = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    client.on('error', (error: Error) => this.end(reasonOf(error)));
  }

  get isOver(): boolean {
    return this.#over !== null;
  }

  run(script: Script, keys: readonly string[], words: readonly string[], timeoutMs: number): Promise<unknown> {
    const send = (name: string, what: string): Promise<unknown> =>
      this.#client.sendCommand([name, what, String(keys.length), ...keys, ...words]);
    const sent = (): Promise<unknown> =>
      send('EVALSHA', script.sha1).catch((error: Error) => {
        if (error.message.startsWith('NOSCRIPT')) return send('EVAL', script.text);
        throw error;
      });
    return this.within(timeoutMs, sent);
  }

  within<Answer>(timeoutMs: number, work: () => Promise<Answer>): Promise<Answer> {
    if (this.#over !== null) return Promise.reject(new Error(this.#over));
    return new Promise((resolve, reject) => {
      const give = (reason: string): void => {
        clearTimeout(timer);
        reject(new Error(reason));
      };
      // Where this process itself was held up, the answer may be there and only not read yet: it is read before this is decided.
      const late = (): void => {
        setImmediate(() => this.#waiting.has(give) && this.end(`No answer within ${timeoutMs} ms`));
      };
      const timer = setTimeout(late, timeoutMs);
      this.#waiting.add(give);
      work().then(
        (answer) => {
          this.#waiting.delete(give);
          clearTimeout(timer);
          resolve(answer);
        },
        (error: Error) => this.end(reasonOf(error)),
      );
    });
  }

  end(reason: string): void {
    if (this.#over !== null) return;
    this.#over = shown(reason);
    for (const give of this.#waiting) give(this.#over);
    this.#waiting.clear();
    this.#tellEnd(this.#over);
    // Throws where it is closed already.
    if (this.#client.isOpen) this.#client.destroy();
  }
}

/** A name with several addresses fails with several errors, and a text in none but those. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError ? error.errors.map((each) => (each as Error).message).join('; ') : error.message;

/** One line of what Redis or the system said. */
const shown = (reason: string): string => reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_CHARS_MAX);
