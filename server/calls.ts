/**
 * Who calls people: the process that keeps the incidents, since whoever does not know of one would tell that it is over. One that takes
 * the record over begins to call then; it has the addresses of notices after its next start.
 */
import type { Clock } from '../engine/clock.ts';
import { machineDisk } from '../engine/store/disk/index.ts';
import type { Family } from '../ops/index.ts';
import type { Config } from './config/index.ts';
import type { Route } from './http.ts';
import type { Incidents } from './incidents/index.ts';
import { type Notify, openNotify } from './notify/index.ts';

interface CallsParts {
  readonly config: Config;
  readonly clock: Clock;
}

export class Calls {
  readonly #parts: CallsParts;
  readonly #incidents: Incidents;
  #notify: Notify | null = null;
  #begun = false;

  constructor(parts: CallsParts, incidents: Incidents) {
    this.#parts = parts;
    this.#incidents = incidents;
  }

  get routes(): readonly Route[] {
    return this.#notify?.routes ?? [];
  }

  /** Where this process keeps the incidents. @throws what {@link openNotify} throws, once */
  begin(): void {
    if (this.#begun || this.#incidents.unkept !== null) return;
    this.#begun = true;
    this.#notify = this.#open();
  }

  step(): void {
    this.begin();
    this.#notify?.step();
  }

  families(): Family[] {
    return this.#notify?.families() ?? [];
  }

  async close(): Promise<void> {
    await this.#notify?.close();
  }

  #open(): Notify {
    const { config, clock } = this.#parts;
    const incidents = this.#incidents;
    return openNotify({
      settings: config.incidents.notify,
      server: config.server,
      disk: machineDisk,
      environment: process.env,
      clock,
      incidents: {
        list: () => incidents.keeper.list(),
        get: (id) => incidents.keeper.get(id),
        subscribe: (listener) => incidents.subscribe(listener),
        followChanges: (listener) => incidents.followChanges(listener),
      },
    });
  }
}
