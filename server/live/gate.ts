/** Calls pass until it is shut; whoever shuts it waits until those inside are out, and the others wait until it is opened. */
export class Gate {
  readonly #inside = new Set<Promise<unknown>>();
  #shut: { readonly opened: Promise<void>; readonly open: () => void } | null = null;

  get isShut(): boolean {
    return this.#shut !== null;
  }

  async pass<Result>(make: () => Promise<Result>): Promise<Result> {
    while (this.#shut !== null) await this.#shut.opened;
    const call = make();
    this.#inside.add(call);
    try {
      return await call;
    } finally {
      this.#inside.delete(call);
    }
  }

  /** Resolves when nobody is inside. */
  async shut(): Promise<void> {
    if (this.#shut === null) {
      let open = (): void => {};
      const opened = new Promise<void>((resolve) => {
        open = resolve;
      });
      this.#shut = { opened, open };
    }
    await Promise.allSettled(this.#inside);
  }

  open(): void {
    this.#shut?.open();
    this.#shut = null;
  }
}
