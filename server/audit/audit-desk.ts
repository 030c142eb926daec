/**
 * Who takes down what was done? The log, where this process may write it; else it is remembered here, so far as there is room, and
 * goes into the log when this process takes it over.
 */
import { type AuditAct, type AuditLog, GENESIS, type Head } from '../../ops/audit/index.ts';

const REMEMBERED_MAX = 1000;

export class AuditDesk {
  readonly #wallMs: () => number;
  #log: AuditLog | null;
  #remembered: AuditAct[] = [];
  #lost = 0;

  /** @param log null while another process writes it */
  constructor(log: AuditLog | null, wallMs: () => number) {
    this.#log = log;
    this.#wallMs = wallMs;
  }

  /** Of the last line that is durable: to be noted elsewhere. Number 0 where there is none, or another process writes it. */
  get head(): Head {
    return this.#log?.head ?? GENESIS;
  }

  /** Acts that could not be kept. */
  get lost(): number {
    return this.#lost + (this.#log?.lost ?? 0);
  }

  /** @returns whether it is durable */
  async append(act: AuditAct): Promise<boolean> {
    if (this.#log !== null) return this.#log.append(act);
    this.#remember(act);
    return false;
  }

  /** An act that was not let through: nobody waits for its line, and many that are alike become one. */
  refused(act: Omit<AuditAct, 'outcome'>): void {
    if (this.#log === null) this.#remember({ ...act, outcome: 'refused' });
    else this.#log.refused(act);
  }

  /** From now on this process writes it. Resolves when all that was remembered is written, or waits for the disk. */
  async take(log: AuditLog): Promise<void> {
    this.#log = log;
    await Promise.all(this.#remembered.splice(0).map((act) => log.append(act)));
  }

  /** To be called about once a second. */
  step(): void {
    this.#log?.step();
  }

  async close(): Promise<void> {
    await this.#log?.close();
  }

  #remember(act: AuditAct): void {
    if (this.#remembered.length >= REMEMBERED_MAX) {
      this.#lost += 1;
      return;
    }
    const at = new Date(this.#wallMs()).toISOString();
    this.#remembered.push({ ...act, parameters: { ...act.parameters, at } });
  }
}
