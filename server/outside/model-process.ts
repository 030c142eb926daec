/** One process with one model, as the server holds it: one question at a time, and its end where it does not get on. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { EngineError } from '../../engine/errors.ts';
import { wordsOf } from '../../engine/last-words.ts';
import type { FromModel, OpenModel, ScorePairs, ToModel } from './messages.ts';

/** It says every 100 ms that it gets on, and a pair takes some milliseconds: after so long without a word it is hung. */
const STALLED_MS = 2000;
/** Until it is open: its file is read and checked, which on a slow disk takes a while. */
const OPENING_MS = 60_000;

/** Tells of one answer. */
interface Listener {
  readonly heard: (message: FromModel) => void;
  readonly ended: (error: EngineError) => void;
}

export class ModelProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  #listener: Listener | null = null;
  #timer: NodeJS.Timeout | null = null;
  #error: EngineError | null = null;

  private constructor(child: ChildProcess, name: string, died: () => void) {
    this.#child = child;
    this.#name = name;
    const words = wordsOf(child);
    child.on('message', (message: FromModel) => this.#listener?.heard(message));
    child.once('error', (error) => this.#die(`could not be started: ${error.message}`));
    child.once('close', (code, how) => {
      this.#die(`ended by itself: ${how ?? `exit code ${code}`}${words()}`);
      died();
    });
  }

  /**
   * @param died called once when it is gone, whyever
   * @throws EngineError model_missing | model_damaged | model_failed
   */
  static async open(setup: Omit<OpenModel, 'kind'>, died: () => void): Promise<ModelProcess> {
    const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
    const program = fileURLToPath(new URL('./model-program.js', import.meta.url));
    const child = fork(program, { stdio: [...stdio], execArgv: [], serialization: 'advanced' });
    const opened = new ModelProcess(child, setup.model, died);
    try {
      await opened.#ask({ kind: 'open', ...setup }, OPENING_MS, ({ kind }) => kind === 'ready');
      return opened;
    } catch (error) {
      opened.end();
      throw error;
    }
  }

  /** Logits of the first pairs, as many as time allowed. @throws EngineError model_failed, also where it hangs, and is ended */
  async score(job: Omit<ScorePairs, 'kind'>): Promise<number[]> {
    const logits: number[] = [];
    await this.#ask({ kind: 'score', ...job }, STALLED_MS, (message) => {
      if (message.kind !== 'scored') return true;
      logits.push(...message.logits);
      return message.last;
    });
    const wrong = logits.find((logit) => !Number.isFinite(logit));
    if (wrong !== undefined) throw this.#failure(`answered ${wrong}`);
    return logits;
  }

  get lives(): boolean {
    return this.#error === null;
  }

  /** @returns why it had ended before; empty where it had not */
  end(): string {
    this.#child.kill('SIGKILL');
    return this.#error?.message ?? '';
  }

  /** @param isLast reads each message that is no refusal */
  #ask(question: ToModel, stalledMs: number, isLast: (message: FromModel) => boolean): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    return new Promise<void>((resolve, reject) => {
      const wait = (): void => {
        if (this.#timer !== null) clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
          this.#die(`did not get on for ${stalledMs / 1000} s`);
          this.end();
        }, stalledMs);
      };
      const heard = (message: FromModel): void => {
        if (message.kind === 'refused') this.#settle(() => reject(refusalOf(message)));
        else if (message.kind === 'failed') this.#settle(() => reject(this.#failure(message.detail)));
        else if (isLast(message)) this.#settle(resolve);
        else wait();
      };
      this.#listener = { heard, ended: reject };
      wait();
      // Where it is gone, its end tells.
      this.#child.send(question, () => {});
    });
  }

  #settle(settle: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#listener = null;
    settle();
  }

  #die(how: string): void {
    if (this.#error !== null) return;
    this.#error = this.#failure(`The process ${how}`);
    const listener = this.#listener;
    this.#settle(() => listener?.ended(this.#error!));
  }

  #failure(detail: string): EngineError {
    return new EngineError('model_failed', `${this.#name}: ${detail}`);
  }
}

const refusalOf = ({ code, detail, place }: Extract<FromModel, { kind: 'refused' }>): EngineError =>
  new EngineError(code, detail, place);
