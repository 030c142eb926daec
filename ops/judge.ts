/**
 * THE JUDGE: one step a second, from what was recorded to what is so.
 *
 * ```
 * record(sample) ─▶ shared counts ──step──▶ interval ─▶ history (rings, files)
 *                                              ├─▶ objectives: budgets, burn rates
 *                                              ├─▶ detectors: is something wrong now?
 *                                              └─▶ snapshot ─▶ dashboard, /stats, /metrics
 * ```
 */
import { join } from 'node:path';
import type { Clock } from '../engine/clock.ts';
import { type LogSettings, RotatingLog } from './log/rotating-log.ts';
import { History } from './metrics/history.ts';
import { HistoryFiles } from './metrics/history-files.ts';
import type { ReadFaults } from './metrics/history-read.ts';
import { repair } from './metrics/history-repair.ts';
import type { Interval, IntervalSource } from './metrics/interval.ts';
import type { LiveSeries } from './metrics/live-series.ts';
import { Recorder } from './metrics/recorder.ts';
import type { SeriesTotals } from './metrics/totals.ts';
import type { Observation } from './observation.ts';
import { trafficOf } from './observe.ts';
import { OpsClock } from './ops-clock.ts';
import type { ProcessState } from './process-state.ts';
import { CACHE_USES, RERANK_USES, type Sample, SEARCH_ENDPOINTS } from './sample.ts';
import { minuteRecord } from './slo-record.ts';
import type { ObjectiveStatus, Snapshot } from './snapshot.ts';
import { type SnapshotParts, snapshotOf } from './snapshot-of.ts';
import { Talkers } from './talkers.ts';
import type { Verdict } from './verdict.ts';
import { memoryBytesMax, VitalsReader } from './vitals.ts';

export interface JudgeParts {
  readonly clock: Clock;
  readonly logs: LogSettings;
  readonly version: string;
  /** 0: whatever the control group or the machine allows. */
  readonly memoryBytesMax: number;
  readonly historyBytesMax: number;
  readonly historyDiskBytesMax: number;
  /** Answered later than this counts as slow, milliseconds. */
  readonly slowMs: number;
  /** What workers write of the stages of their queries. */
  readonly stages: readonly LiveSeries[];
  readonly objectives: ObjectiveKeeper;
  readonly detectors: { step(observation: Observation): readonly Verdict[] };
  readonly state: () => ProcessState;
}

/** Budgets and burn rates of the objectives, fed with every interval of ten seconds. */
export interface ObjectiveKeeper {
  seed(source: IntervalSource, nowMs: number): void;
  observe(interval: Interval): void;
  status(nowMs: number): ObjectiveStatus[];
}

const STEP_MS = 1000;
const MINUTE_MS = 60_000;
const TALKERS_SHOWN = 20;

/** What a step saw; made into a snapshot once. */
interface Picture {
  readonly verdicts: readonly Verdict[];
  readonly uptimeS: number;
  readonly parts: () => SnapshotParts;
  made: Snapshot | null;
}

const secondOf = (ms: number): number => Math.floor(ms / STEP_MS) * STEP_MS;

export class Judge {
  readonly recorder: Recorder;
  readonly history: History;
  readonly #parts: JudgeParts;
  readonly #clock: OpsClock;
  readonly #files: HistoryFiles;
  readonly #minutes: RotatingLog;
  readonly #talkers = new Talkers();
  readonly #vitals = new VitalsReader();
  readonly #listeners = new Set<() => void>();
  readonly #startedS: number;
  readonly #memoryBytesMax: number;
  readonly #stopped = new AbortController();
  #reading: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #stepS: number;
  /** Where the next interval begins. */
  #stepMs: number;
  #steps = 0;
  #faults: ReadFaults = { lines: 0, told: [] };
  /** Worked out when somebody looks. */
  #objectives: readonly ObjectiveStatus[] | null = null;
  /** Put together when somebody looks; at most steps nobody does. */
  #picture: Picture;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#clock = new OpsClock(parts.clock);
    this.recorder = new Recorder(parts.stages);
    for (const endpoint of SEARCH_ENDPOINTS)
      for (const cache of CACHE_USES)
        for (const rerank of RERANK_USES)
          this.recorder.expect({ endpoint, arm: 'control', outcome: 'answered', cache, rerank });
    this.#files = new HistoryFiles(join(parts.logs.directory, 'history'), parts.historyDiskBytesMax);
    this.#minutes = new RotatingLog('slo_metrics.jsonl', parts.logs);
    this.history = new History(parts.historyBytesMax, (resolutionS, interval) => {
      this.#files.write(resolutionS, interval);
      if (resolutionS === 10) parts.objectives.observe(interval);
      if (resolutionS === 60)
        this.#minutes.write(minuteRecord(interval, parts.objectives.status(this.#clock.timeMs())));
    });
    this.#memoryBytesMax = memoryBytesMax(parts.memoryBytesMax);
    this.#startedS = this.#clock.nowS();
    this.#stepS = this.#startedS;
    this.#stepMs = secondOf(this.#clock.timeMs());
    this.#picture = this.#look({ startMs: this.#stepMs, lengthMs: STEP_MS, series: new Map(), events: new Map() });
  }

  /** What is so as of the last step. */
  get snapshot(): Snapshot {
    this.#picture.made ??= snapshotOf(this.#picture.parts());
    return this.#picture.made;
  }

  /** How the objectives stand, as of the last step. */
  get objectives(): readonly ObjectiveStatus[] {
    this.#objectives ??= this.#parts.objectives.status(this.#clock.timeMs());
    return this.#objectives;
  }

  /** What the detectors said at the last step, and when that was on the clock of `Verdict.sinceS`. */
  get seen(): { readonly verdicts: readonly Verdict[]; readonly uptimeS: number } {
    const { verdicts, uptimeS } = this.#picture;
    return { verdicts, uptimeS };
  }

  /** The time of the record: as of now, never going back. */
  timeMs(): number {
    return this.#clock.timeMs();
  }

  /** What could not be read back of the history. */
  get faults(): ReadFaults {
    return this.#faults;
  }

  record(sample: Sample): void {
    this.recorder.record(sample);
    if (sample.client !== '' && SEARCH_ENDPOINTS.includes(sample.endpoint)) this.#talkers.add(sample.client);
  }

  /** Begins to step, and reads the history back meanwhile; resolves when all of it is there. */
  start(): Promise<void> {
    this.#schedule();
    this.#reading = this.#readBack();
    return this.#reading;
  }

  /** Steps a last time and writes everything out. */
  async stop(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stopped.abort();
    await this.#reading;
    this.step();
    this.history.flush();
    this.#vitals.close();
    await this.flush();
  }

  /** Never rejects; resolves when everything before is on the disk, or counted as lost. */
  async flush(): Promise<void> {
    await Promise.all([this.#files.flush(), this.#minutes.flush()]);
  }

  /** Calls after each step; the function that is returned ends that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Since the start, as of the last step. */
  totals(): SeriesTotals[] {
    return this.recorder.totals();
  }

  async #readBack(): Promise<void> {
    const restore = this.history.restore.bind(this.history);
    const untilMs = this.#stepMs;
    this.#faults = await this.#files.read(this.#clock.timeMs(), restore, this.#stopped.signal);
    if (this.#stopped.signal.aborted) return;
    repair(this.history, untilMs, (resolutionS, missing) => {
      restore(resolutionS, missing);
      this.#files.write(resolutionS, missing);
    });
    this.#parts.objectives.seed(this.history, this.#clock.timeMs());
  }

  /** Closes an interval; called once a second, or later where the process was held up. */
  step(): void {
    const nowS = this.#clock.nowS();
    const timeMs = this.#clock.timeMs();
    const elapsedS = Math.max(1, Math.round(nowS - this.#stepS));
    this.recorder.setEvent('clock_jump', this.#clock.jumps);
    const interval = { startMs: this.#stepMs, lengthMs: elapsedS * 1000, ...this.recorder.take(timeMs) };
    // The labels follow the wall, but never fall behind what is written.
    this.#stepMs = Math.max(secondOf(timeMs), this.#stepMs + STEP_MS);
    this.#stepS = nowS;
    this.#talkers.rotate(elapsedS);
    this.history.push(interval, this.#stepMs);
    this.#objectives = null;
    this.#picture = this.#look(interval);
    for (const listener of this.#listeners) listener();
  }

  #look(interval: Interval): Picture {
    const parts = this.#parts;
    const timeMs = this.#clock.timeMs();
    const state = parts.state();
    const vitals = this.#vitals.read();
    const talkers = this.#talkers.top(TALKERS_SHOWN);
    const traffic = trafficOf(interval, parts.slowMs * 1e6);
    const memoryBytesMax = this.#memoryBytesMax;
    const detectors = parts.detectors.step({
      nowS: this.#stepS - this.#startedS,
      elapsedS: interval.lengthMs / 1000,
      ...traffic,
      ...vitals,
      modelsUnavailable: Object.values(state.models).filter((model) => model.state === 'unavailable').length,
      rungNo: state.load.rungNo,
      memoryBytesMax,
      talkers,
    });
    this.#steps += 1;
    const step = this.#steps;
    const uptimeS = this.#stepS - this.#startedS;
    const { version } = parts;
    const looked = { timeMs, step, version, uptimeS, interval, traffic, vitals, state, talkers, detectors };
    const minuteMs = interval.startMs - MINUTE_MS + STEP_MS;
    return {
      verdicts: detectors,
      uptimeS,
      made: null,
      parts: () => ({
        ...looked,
        memoryBytesMax,
        minute: [...this.history.intervals(1, minuteMs, interval.startMs + 1)],
        objectives: this.objectives,
        lost: this.#lost(state),
      }),
    };
  }

  #lost(state: ProcessState): Record<string, number> {
    return {
      ...state.lost,
      slo_metrics: this.#minutes.lost,
      history: this.#files.lost,
      history_unreadable: this.#faults.lines,
      history_evicted: this.history.size.evicted,
    };
  }

  /** At the end of the interval that is open, so that steps and labels keep together. */
  #schedule(): void {
    const waitMs = this.#stepMs + STEP_MS - this.#clock.timeMs();
    this.#timer = setTimeout(() => {
      this.step();
      this.#schedule();
    }, waitMs).unref();
  }
}
