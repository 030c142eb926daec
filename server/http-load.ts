/** How many answers are not out yet, and when the last one is. */
export class Load {
  #inFlight = 0;
  #draining = false;
  #onIdle: (() => void) | null = null;

  get draining(): boolean {
    return this.#draining;
  }

  /** Counts an exchange; the function that is returned counts it out, once. */
  begin(): () => void {
    this.#inFlight += 1;
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.#inFlight -= 1;
      if (this.#inFlight === 0) this.#onIdle?.();
    };
  }

  /** Resolves when nothing is in flight, or false after `drainMs`. From now on answers close their connections. */
  drain(drainMs: number): Promise<boolean> {
    this.#draining = true;
    if (this.#inFlight === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), drainMs);
      this.#onIdle = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}
