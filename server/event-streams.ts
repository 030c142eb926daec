/** Server-sent events: what happens, told to every page that is open (WHATWG HTML, server-sent events). */

/** Events that wait for a page that does not read; beyond it the oldest go, as the newest tells all. */
const WAITING_MAX = 4;

export class EventStreams {
  readonly #streamsMax: number;
  readonly #open = new Set<{ push(event: string): void; close(): void }>();
  #closed = false;

  constructor(streamsMax: number) {
    this.#streamsMax = streamsMax;
  }

  get open(): number {
    return this.#open.size;
  }

  get full(): boolean {
    return this.#open.size >= this.#streamsMax;
  }

  /** Tells everyone. @param event as it goes over the wire, with its empty line */
  send(event: string): void {
    for (const stream of this.#open) stream.push(event);
  }

  /** Whether no page gets a stream any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Ends every stream, so that a drain need not wait for pages that are left open. */
  close(): void {
    this.#closed = true;
    for (const stream of this.#open) stream.close();
  }

  /** What one page reads, until it leaves or all are closed. @param first sent at once */
  stream(first: string): AsyncIterable<string> {
    const waiting = [first];
    let wake: (() => void) | null = null;
    let ended = false;
    const subscriber = {
      push: (event: string) => {
        waiting.push(event);
        if (waiting.length > WAITING_MAX) waiting.shift();
        wake?.();
      },
      close: () => {
        ended = true;
        this.#open.delete(subscriber);
        wake?.();
      },
    };
    this.#open.add(subscriber);
    const end: IteratorResult<string> = { done: true, value: undefined };
    const iterator: AsyncIterator<string> = {
      next: async () => {
        while (waiting.length === 0 && !ended)
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        const value = waiting.shift();
        return value === undefined ? end : { done: false, value };
      },
      return: () => {
        subscriber.close();
        return Promise.resolve(end);
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}
