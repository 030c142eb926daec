/** What can be seen and done of experiments where no server runs: their state as the last one left it, and what the next one begins with. */
import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import { type Disk, machineDisk } from '../../engine/store/disk/index.ts';
import { canaryStatus, stateOf } from './canary-status.ts';
import { type Move, MoveRefused, moved } from './moves.ts';
import type { CanarySettings } from './settings.ts';
import { experimentOf } from './state.ts';
import { StateFile } from './state-file.ts';

/** What gives nobody anything that would have to be tried in workers first. */
type OfflineMove = Extract<Move, { kind: 'stop' | 'clear' }>;

export class CanaryOffline {
  readonly #settings: CanarySettings;
  readonly #file: StateFile;
  readonly #clock: Pick<Clock, 'wallMs'>;

  constructor(settings: CanarySettings, disk: Disk = machineDisk, clock: Pick<Clock, 'wallMs'> = systemClock) {
    this.#settings = settings;
    this.#file = new StateFile(disk, settings.directory);
    this.#clock = clock;
  }

  get path(): string {
    return this.#file.path;
  }

  /** Changes nothing, whatever is there. @throws EngineError canary_missing */
  status(name: string | undefined): object {
    const { state } = this.#file.look(this.#settings, this.#clock.wallMs());
    if (name !== undefined && experimentOf(state, name) === undefined)
      throw new EngineError('canary_missing', `wp-chat canary status lists those that there are: ${name}`);
    return canaryStatus({ desk: { state, unkept: null }, file: this.#file, evidenceOf: () => null }, name);
  }

  /** Durable when it returns, and in force from the next start. @throws EngineError where it may not be, or the disk refuses */
  act(move: OfflineMove, reason: string, dryRun = false): object {
    const atMs = this.#clock.wallMs();
    const settings = this.#settings;
    const { state } = dryRun ? this.#file.look(settings, atMs) : this.#file.read(settings, atMs);
    const next = moved(state, move, { by: 'the machine itself', reason, atMs }, { settings, id: randomUUID() });
    if (next instanceof MoveRefused) throw new EngineError(next.code, next.detail);
    if (!dryRun) this.#write(next);
    return { success: true, applied: !dryRun, kept: !dryRun, ...stateOf(next) };
  }

  #write(next: Parameters<StateFile['write']>[0]): void {
    try {
      this.#file.write(next);
    } catch (error) {
      throw new EngineError('canary_unwritable', `Nothing was changed: ${(error as Error).message}`, {
        file: this.#file.path,
        remedy: 'Make room, or make the folder writable',
      });
    }
  }
}
