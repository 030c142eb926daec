/** EXPERIMENTS: who gets what, whether it is any worse, how far it may go, and who may say otherwise; put together for a process. */
import { join } from 'node:path';
import type { Clock } from '../../engine/clock.ts';
import type { Disk } from '../../engine/store/disk/index.ts';
import type { SearchRequest } from '../../engine/types.ts';
import type { CanaryBrief, ProcessState } from '../../ops/index.ts';
import type { ArmsControl } from '../arms/index.ts';
import type { Answered, AnsweredFeed, AnsweredListener, AnsweredReady } from './answered.ts';
import { CONTROL, knownAs, type Subject } from './assignment/index.ts';
import type { Asker, Board, Given } from './board.ts';
import { Desk, type DeskParts } from './desk.ts';
import { EvidenceFile } from './evidence-file.ts';
import { followed, type Heard } from './followed.ts';
import { type CanaryNotice, type DatedNotice, noteOf } from './notices.ts';
import type { CanarySettings } from './settings.ts';
import { AUTOMATIC, type CanaryState, experimentOf, isLive } from './state.ts';
import { StateFile } from './state-file.ts';
import { type Compared, Watching, type WatchingParts } from './watching.ts';

export interface ExperimentsParts
  extends Omit<WatchingParts, 'progress'>,
    Pick<DeskParts, 'announce' | 'report' | 'newId'> {
  readonly settings: CanarySettings;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly arms: ArmsControl;
}

/** What a query was given, to be told again with its answer. */
export interface Seat {
  readonly board: Board;
  readonly given: Given;
  readonly subject: Subject;
  /** By what the asker is known again; '' where by nothing, or where it makes no difference. */
  readonly identity: string;
}

const STEP_MS = 1000;
const EVIDENCE_FILE = 'evidence.json';
const NOBODY: Subject = {};

export class Experiments implements AnsweredFeed {
  readonly desk: Desk;
  readonly file: StateFile;
  readonly #watching: Watching;
  readonly #evidence: EvidenceFile;
  readonly #report: DeskParts['report'];
  readonly #listeners = new Set<AnsweredListener>();
  readonly #readyListeners = new Set<(ready: AnsweredReady) => void>();
  readonly #heard: Heard = { progress: new Map(), rolledBack: new Map() };
  /** Why the state that was there could not be read. */
  readonly #damage: string | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: ExperimentsParts) {
    const { settings, disk, clock, report } = parts;
    this.#report = report;
    this.file = new StateFile(disk, settings.directory);
    this.#evidence = new EvidenceFile(join(settings.directory, EVIDENCE_FILE), (reason) =>
      report('canary_evidence_unkept', reason),
    );
    const { state, damage } = this.file.read(settings, clock.wallMs());
    this.#watching = new Watching({ ...parts, progress: (...progress) => this.desk.progress(...progress) });
    this.desk = new Desk(
      {
        ...parts,
        file: this.file,
        wallMs: () => clock.wallMs(),
        changed: (next) => this.#watching.follow(next),
      },
      state,
    );
    this.#watching.follow(state);
    this.#damage = damage;
    if (damage === null) this.#watching.restore(this.#evidence.read());
  }

  /** What each request is given, whoever asks; null where that depends on him. */
  get settled(): Given | null {
    return this.desk.board.settled;
  }

  givenTo(asker: Asker): Given {
    return this.desk.board.givenTo(asker);
  }

  seat(asker: Asker | null): Seat {
    const { board } = this.desk;
    if (asker === null || board.settled !== null) {
      const given = board.settled ?? board.givenTo({ subject: NOBODY, asked: null });
      return { board, given, subject: NOBODY, identity: '' };
    }
    const { subject } = asker;
    return { board, given: board.givenTo(asker), subject, identity: knownAs(subject, 'default') };
  }

  /** A query as it may be run now, whatever it was given when it came. */
  amended(request: SearchRequest): SearchRequest {
    const variants = this.desk.board.amended(request.variants);
    return variants === request.variants ? request : { ...request, variants };
  }

  /** Of which experiments a query will tell something; see {@link Watching.compared}. */
  compared(seat: Seat, request: SearchRequest, isNew: (given: Given) => boolean): Compared[] {
    return seat.board.settled === null ? this.#watching.compared(seat, request, isNew) : [];
  }

  answered(answered: Answered, compared: readonly Compared[]): void {
    this.#watching.answered(answered, compared);
    for (const listener of this.#listeners) listener(answered);
  }

  /** Whether anybody wants to know of them. */
  get isListenedTo(): boolean {
    return this.#readyListeners.size > 0;
  }

  /** A GET that was answered from memory before it was read. */
  ready(ready: AnsweredReady): void {
    for (const listener of this.#readyListeners) listener(ready);
  }

  onReady(listener: (ready: AnsweredReady) => void): () => void {
    this.#readyListeners.add(listener);
    return () => this.#readyListeners.delete(listener);
  }

  onAnswered(listener: AnsweredListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** From one beginning of it to the next; '' where there is none of that name. */
  runOf(name: string): string {
    return experimentOf(this.desk.state, name)?.run ?? '';
  }

  /** What dashboards show. */
  brief(): CanaryBrief {
    const { stop, experiments } = this.desk.state;
    return {
      stop: stop && { by: stop.by, reason: stop.reason, atMs: stop.atMs },
      experiments: experiments.map((one) => ({
        name: one.name,
        phase: one.phase,
        sharePercent: one.percentage,
        step: one.stepped ? { at: one.step + 1, of: one.definition.plan.steps.length } : null,
        seen: this.#watching.brief(one),
      })),
    };
  }

  /** For the judge: the canaries of live experiments with the shares that they have. */
  shares(): ProcessState['arms'] {
    const { stop, experiments } = this.desk.state;
    const live = stop === null ? experiments.filter(isLive) : [];
    let combined: { arm: string[]; share: number }[] = [{ arm: [], share: 1 }];
    for (const { name, percentage, definition } of live) {
      const share = Math.min(percentage, 100 - definition.holdBackPercent) / 100;
      combined = combined.flatMap((one) => [
        { arm: one.arm, share: one.share * (1 - share) },
        { arm: [...one.arm, name], share: one.share * share },
      ]);
    }
    return combined.map(({ arm, share }) => ({
      arm: arm.length === 0 ? CONTROL : arm.join('+'),
      sharePercent: Number((100 * share).toPrecision(12)),
    }));
  }

  evidenceOf(name: string): object | null {
    const one = experimentOf(this.desk.state, name);
    return one === undefined ? null : this.#watching.status(one);
  }

  /** What this process held to be so when it ended, for the others. A stop for damage is its own. */
  held(): DatedNotice[] {
    const { stop, stopSaidMs, experiments } = this.desk.state;
    const notices: DatedNotice[] = [];
    if (stop !== null && stop.by !== AUTOMATIC)
      notices.push({ notice: { kind: 'stopped', act: stop }, saidMs: stopSaidMs });
    if (stop === null && stopSaidMs > 0) {
      const act = { by: AUTOMATIC, reason: 'Cleared before', atMs: stopSaidMs };
      notices.push({ notice: { kind: 'cleared', act }, saidMs: stopSaidMs });
    }
    for (const one of experiments) {
      const { name, last, revisedMs } = one;
      if (revisedMs === 0 && last.atMs === 0) continue;
      const kind = one.phase === 'rolled_back' && last.by === AUTOMATIC ? 'rolled_back' : 'progress';
      notices.push({ notice: { kind: 'experiment', experiment: one }, saidMs: Math.max(1, revisedMs) });
      if (last.by === AUTOMATIC) notices.push({ notice: { kind, name, note: noteOf(one) }, saidMs: last.atMs });
    }
    return notices;
  }

  /** What another process announced. */
  adopt(notice: CanaryNotice): void {
    const about = 'name' in notice ? notice.name : notice.kind === 'experiment' ? notice.experiment.name : 'all';
    const make = (state: CanaryState): CanaryState | null => followed(state, notice, this.#heard);
    this.desk
      .follow(make, `${notice.kind} ${about}`)
      .catch((error: Error) => this.#report('canary_unheard', error.message));
  }

  /** Opens the arms that there are to be, and begins to judge. Never rejects. */
  async start(): Promise<void> {
    // Not before: who is told may not be there yet.
    if (this.#damage !== null) this.#report('canary_damaged', this.#damage);
    await this.desk.start();
    this.#timer = setInterval(() => this.step(), STEP_MS).unref();
  }

  /** Once a second. */
  step(): void {
    if (this.#watching.step()) void this.#evidence.write(this.#watching.records);
  }

  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.desk.settled();
    await this.#evidence.write(this.#watching.records);
  }
}
