/**
 * Who may change the repository? One process at a time, on whatever machine.
 *
 * An object store has no file that only one can make, so everyone writes a lock of his own and then looks for others, as restic
 * does: of two that come at once at least one sees the other, and gives way. A lock is renewed while its owner works and counts for
 * nothing `EXPIRES_MS` after that, or at once where its process was on this machine and is gone. Clocks of machines that share
 * a repository must agree to within some minutes.
 *
 * A process may be stopped for longer than its lock holds and then go on. So who makes a backup looks again after its manifest is
 * written ({@link RepositoryLock.require}), and takes the manifest back where the lock was lost: either he sees the lock of who
 * removes objects, or that one, who looks at manifests after he locked, sees the manifest.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { EngineError } from '../errors.ts';
import { isAlive } from '../store/index.ts';
import { FOLDERS } from './names.ts';
import type { Target } from './target/target.ts';

export const EXPIRES_MS = 15 * 60_000;
const RENEW_MS = 60_000;

const lockSchema = z.strictObject({
  owner: z.string(),
  host: z.string(),
  pid: z.int(),
  doing: z.string(),
  renewedAtMs: z.int(),
});
type Lock = z.infer<typeof lockSchema>;

/** Of this process: a lock that bears its id and is not among them was left by an earlier process with the same id. */
const held = new Set<string>();

export class RepositoryLock {
  readonly #target: Target;
  readonly #clock: Clock;
  readonly #name: string;
  #lock: Lock;

  private constructor(target: Target, clock: Clock, doing: string) {
    const owner = randomUUID();
    this.#target = target;
    this.#clock = clock;
    this.#name = `${FOLDERS.locks}/${owner}.json`;
    this.#lock = { owner, host: hostname(), pid: process.pid, doing, renewedAtMs: clock.wallMs() };
  }

  /**
   * @param doing what for, as others are told: 'create'
   * @throws EngineError backup_busy with who holds it
   */
  static async take(target: Target, clock: Clock, doing: string): Promise<RepositoryLock> {
    const lock = new RepositoryLock(target, clock, doing);
    held.add(lock.#lock.owner);
    try {
      await lock.#write();
      await lock.#requireAlone();
      return lock;
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Lets others know that its owner is at work; writes only now and then. @throws EngineError backup_busy where it was lost */
  async renew(): Promise<void> {
    const agoMs = this.#clock.wallMs() - this.#lock.renewedAtMs;
    if (agoMs < RENEW_MS) return;
    if (agoMs >= EXPIRES_MS) throw this.#lost();
    this.#lock = { ...this.#lock, renewedAtMs: this.#clock.wallMs() };
    await this.#write();
  }

  /** @throws EngineError backup_busy where it expired, was taken away, or another one is there */
  async require(): Promise<void> {
    if (this.#clock.wallMs() - this.#lock.renewedAtMs >= EXPIRES_MS) throw this.#lost();
    if ((await this.#target.get(this.#name)) === null) throw this.#lost();
    await this.#requireAlone();
  }

  async release(): Promise<void> {
    held.delete(this.#lock.owner);
    try {
      await this.#target.remove([this.#name]);
    } catch (error) {
      // It expires by itself, and what was done is done.
      if (!(error instanceof EngineError && error.code === 'backup_unreachable')) throw error;
    }
  }

  #write(): Promise<void> {
    return this.#target.put(this.#name, new TextEncoder().encode(`${JSON.stringify(this.#lock)}\n`));
  }

  async #requireAlone(): Promise<void> {
    const others = (await this.#target.list(FOLDERS.locks)).filter(({ name }) => name !== this.#name);
    for (const { name } of others) {
      const bytes = await this.#target.get(name);
      if (bytes === null) continue;
      const lock = parse(bytes);
      if (lock !== null && this.#holds(lock)) throw busy(this.#target.place, lock);
      await this.#target.remove([name]);
    }
  }

  /** A lock that cannot be read was never whole, or is damaged: nobody can renew it. */
  #holds({ owner, host, pid, renewedAtMs }: Lock): boolean {
    if (this.#clock.wallMs() - renewedAtMs >= EXPIRES_MS) return false;
    if (host !== hostname()) return true;
    return pid === process.pid ? held.has(owner) : isAlive(pid);
  }

  #lost(): EngineError {
    return new EngineError(
      'backup_busy',
      `The lock was lost: it was not renewed for ${EXPIRES_MS / 60_000} min: ${this.#target.place}`,
      { file: `${this.#target.place}/${this.#name}`, remedy: 'Run the same command again: what was written is used' },
    );
  }
}

function parse(bytes: Uint8Array): Lock | null {
  try {
    return lockSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

const busy = (place: string, { owner, host, pid, doing }: Lock): EngineError =>
  new EngineError('backup_busy', `Cannot change backups: process ${pid} on ${host} is at it (${doing}): ${place}`, {
    file: `${place}/${FOLDERS.locks}/${owner}.json`,
    value: pid,
    remedy: `Wait until it is done. Of a machine that is gone the lock ends by itself after ${EXPIRES_MS / 60_000} min`,
  });
