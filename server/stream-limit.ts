/** How many streams of a kind may be read at once: each shares the main thread with the requests. */
export class StreamLimit {
  readonly #streamsMax: number;
  #open = 0;

  constructor(streamsMax: number) {
    this.#streamsMax = streamsMax;
  }

  get full(): boolean {
    return this.#open >= this.#streamsMax;
  }

  /** The same parts, counted from now until they end or nobody reads on. */
  counted<Part>(parts: AsyncIterable<Part>): AsyncIterable<Part> {
    this.#open += 1;
    let open = true;
    const close = (): void => {
      if (open) this.#open -= 1;
      open = false;
    };
    const inner = parts[Symbol.asyncIterator]();
    const iterator: AsyncIterator<Part> = {
      next: async () => {
        const next = await inner.next().catch((error: unknown) => {
          close();
          throw error;
        });
        if (next.done) close();
        return next;
      },
      return: async () => {
        close();
        await inner.return?.();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }
}
