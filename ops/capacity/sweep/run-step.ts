/**
 * One step of a sweep: requests at a given rate for a given time, open loop.
 *
 * Every request is due at a time that was decided beforehand, whatever the server does, and its latency counts from then, not
 * from when a connection was free to send it (no coordinated omission). One that is not answered by its deadline is given up
 * and counts at the deadline, so that percentiles cannot look better than they are.
 */
import { cpus } from 'node:os';
import { randomOf } from '../random.ts';
import { type Arrivals, arrivalTimesMs } from './arrivals.ts';
import { Connection, type Reply, type Target } from './connection.ts';
import { queryMix } from './queries.ts';
import { SliceRecorder, type SweepStep } from './record.ts';
import { isDegraded, type PartTimes, timingsIn } from './timings.ts';

export interface StepPlan {
  readonly target: Target;
  readonly queries: readonly string[];
  /** Share of queries that are new, 0 to 1. */
  readonly fresh: number;
  /** Further parameters of each request, as a query string: `topk=10&rerank=true`. */
  readonly parameters: string;
  readonly arrivals: Arrivals;
  readonly perSecond: number;
  readonly seconds: number;
  /** A request without an answer by then is given up. */
  readonly deadlineMs: number;
  /** Parts into which the step is divided, so that its spread can be told. */
  readonly slices: number;
  readonly seed: number;
}

/** Requests under way at which a step is cut: the server fell behind for good, or the client's descriptors would run out. */
const UNDER_WAY_MAX = 4000;
/** Connections at once; beyond it requests wait in the generator, which is in their latency. */
const CONNECTIONS_MAX = 1000;

export async function runStep(plan: StepPlan): Promise<SweepStep> {
  const startMs = Date.now();
  const cpu = process.cpuUsage();
  const machine = machineMs();
  const run = new StepRun(plan);
  await run.done;
  const { user, system } = process.cpuUsage(cpu);
  const step = run.result();
  const { busy, all } = machineMs();
  return {
    ...step,
    startMs,
    generatorCpuShare: (user + system) / 1e6 / step.seconds,
    machineCores: (cpus().length * (busy - machine.busy)) / Math.max(1, all - machine.all),
  };
}

/** Time that all cores were busy, and that there was, milliseconds since the machine started. */
function machineMs(): { readonly busy: number; readonly all: number } {
  let [busy, all] = [0, 0];
  for (const { times } of cpus()) {
    const { idle, ...rest } = times;
    const working = Object.values(rest).reduce((sum, ms) => sum + ms, 0);
    busy += working;
    all += working + idle;
  }
  return { busy, all };
}

interface Due {
  readonly atMs: number;
  readonly request: Buffer;
}

class StepRun {
  readonly done: Promise<void>;
  readonly #plan: StepPlan;
  readonly #startMs = performance.now();
  readonly #times: Iterator<number>;
  readonly #query: () => string;
  readonly #slices: SliceRecorder[];
  readonly #lags: number[] = [];
  readonly #free: Connection[] = [];
  readonly #waiting: Due[] = [];
  readonly #failed: Record<string, number> = {};
  #open = 0;
  #underWay = 0;
  #next: number | null;
  #sent = 0;
  #answered = 0;
  #degraded = 0;
  #unanswered = 0;
  #cut = false;
  #lastMs = 0;
  #finish: () => void = () => {};

  constructor(plan: StepPlan) {
    this.#plan = plan;
    this.#times = arrivalTimesMs(plan, randomOf(plan.seed));
    // Of its own: how many queries are drawn must not move the arrivals.
    this.#query = queryMix(plan.queries, plan.fresh, randomOf(~plan.seed));
    this.#slices = Array.from({ length: plan.slices }, () => new SliceRecorder());
    this.#next = this.#following();
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#tick();
  }

  result(): Omit<SweepStep, 'startMs' | 'generatorCpuShare' | 'machineCores'> {
    const { perSecond, seconds, slices } = this.#plan;
    const wholeS = Math.max(this.#cut ? this.#lastMs / 1000 : seconds, this.#lastMs / 1000);
    const sliceS = seconds / slices;
    const lags = Float64Array.from(this.#lags).sort();
    return {
      perSecond,
      seconds: wholeS,
      sent: this.#sent,
      answered: this.#answered,
      degraded: this.#degraded,
      unanswered: this.#unanswered,
      failed: this.#failed,
      lagMsP99: lags[Math.max(0, Math.ceil(lags.length * 0.99) - 1)] ?? 0,
      cut: this.#cut,
      slices: this.#slices.map((slice, at) => ({
        startS: at * sliceS,
        seconds: at === slices - 1 ? Math.max(sliceS, wholeS - at * sliceS) : sliceS,
        histograms: slice.histograms(),
      })),
    };
  }

  #now = (): number => performance.now() - this.#startMs;

  #following(): number | null {
    const { done, value } = this.#times.next();
    return done === true ? null : value;
  }

  /** Takes all that is due, then sleeps until the next one is. */
  #tick(): void {
    const nowMs = this.#now();
    while (this.#next !== null && this.#next <= nowMs && !this.#cut) {
      this.#begin({ atMs: this.#next, request: this.#requestOf(this.#query()) });
      this.#next = this.#following();
      this.#cut = this.#underWay >= UNDER_WAY_MAX;
    }
    if (this.#next === null || this.#cut) this.#endWhenIdle();
    else setTimeout(() => this.#tick(), Math.max(1, this.#next - this.#now()));
  }

  #requestOf(query: string): Buffer {
    const { target, parameters } = this.#plan;
    const more = parameters === '' ? '' : `&${parameters}`;
    const host = target.host.includes(':') ? `[${target.host}]` : target.host;
    return Buffer.from(
      `GET /search?q=${encodeURIComponent(query)}${more} HTTP/1.1\r\nhost: ${host}:${target.port}\r\naccept: application/json\r\n\r\n`,
    );
  }

  #begin(due: Due): void {
    this.#underWay += 1;
    this.#sent += 1;
    const connection = this.#connection();
    if (connection === null) this.#waiting.push(due);
    else this.#send(connection, due);
  }

  /** Null where all are in use. */
  #connection(): Connection | null {
    for (let free = this.#free.pop(); free !== undefined; free = this.#free.pop()) {
      if (free.usable) return free;
      this.#open -= 1;
    }
    if (this.#open >= CONNECTIONS_MAX) return null;
    this.#open += 1;
    return new Connection(this.#plan.target);
  }

  #send(connection: Connection, { atMs, request }: Due): void {
    const leftMs = atMs + this.#plan.deadlineMs - this.#now();
    this.#lags.push(this.#now() - atMs);
    const late = setTimeout(
      () => {
        connection.close();
        this.#unanswered += 1;
        this.#record(atMs, this.#plan.deadlineMs, null);
        this.#ended(connection);
      },
      Math.max(0, leftMs),
    );
    connection.send(request, (reply) => {
      clearTimeout(late);
      this.#take(atMs, reply);
      this.#ended(connection);
    });
  }

  #take(atMs: number, { status, body }: Reply): void {
    if (status !== 200) {
      const name = status === null ? 'lost' : String(status);
      this.#failed[name] = (this.#failed[name] ?? 0) + 1;
      return;
    }
    this.#answered += 1;
    if (isDegraded(body)) this.#degraded += 1;
    this.#record(atMs, this.#now() - atMs, timingsIn(body));
  }

  #record(atMs: number, totalMs: number, times: PartTimes | null): void {
    const slice =
      this.#slices[
        Math.min(this.#slices.length - 1, Math.floor((atMs / this.#plan.seconds / 1000) * this.#slices.length))
      ]!;
    slice.record('total', totalMs);
    if (times === null) return;
    for (const [part, ms] of Object.entries(times) as [keyof PartTimes, number][]) slice.record(part, ms);
  }

  #ended(connection: Connection): void {
    this.#underWay -= 1;
    this.#lastMs = this.#now();
    const usable = connection.usable;
    if (!usable) this.#open -= 1;
    const due = this.#waiting.shift();
    if (due === undefined) {
      if (usable) this.#free.push(connection);
    } else this.#send(usable ? connection : this.#connection()!, due);
    if (this.#next === null || this.#cut) this.#endWhenIdle();
  }

  #endWhenIdle(): void {
    if (this.#underWay > 0) return;
    for (const connection of this.#free.splice(0)) connection.close();
    this.#finish();
  }
}
