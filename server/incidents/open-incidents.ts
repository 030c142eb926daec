/**
 * The incidents of a running server, on the record that it shares with nobody: one process keeps `incidents.jsonl` and
 * `audit.jsonl`. Another over the same logs has its incidents in memory, says so, and takes the record over once the first is gone.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../../engine/clock.ts';
import { AuditLog, latestEntry } from '../../ops/audit/index.ts';
import { patientDisk, type RecordDisk } from '../../ops/durable/index.ts';
import { AUTOMATIC, type Change, type Heard, IncidentKeeper } from '../../ops/incidents/index.ts';
import type { Judge, LogSettings } from '../../ops/index.ts';
import { AuditDesk, auditPath } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { ChangeRing } from './change-ring.ts';
import type { Incidents, Seen } from './contract.ts';
import { fullDisk } from './full-disk.ts';
import { Hold } from './hold.ts';
import { interruptedAct, interruptedIn } from './interrupted.ts';
import { refusingDisk } from './refusing-disk.ts';
import { changesAtStart, givenSettings, STARTED, startAct } from './start.ts';

export interface IncidentsParts {
  readonly config: Config;
  readonly clock: Clock;
  readonly version: string;
  /** What it measures; asked only once it is there. */
  readonly judge: () => Pick<Judge, 'history' | 'objectives' | 'timeMs'>;
  /** Takes what an operator should know. */
  readonly report: (code: string, detail: string) => void;
}

/** How often a record that another process keeps is asked for. */
const LOOK_S = 5;

/** Never rejects. */
export async function openIncidents(parts: IncidentsParts): Promise<Incidents> {
  const hold = new Hold(parts.config.logs.directory);
  const changes = new ChangeRing();
  const mine = hold.take();
  const audit = new AuditDesk(mine ? await openAudit(parts) : null, () => parts.clock.wallMs());
  const clock = new RecordClock(parts);
  const keeper = await openKeeper(parts, { changes, clock }, mine);
  const incidents = new RunningIncidents(parts, { hold, changes, audit, clock, keeper });
  if (mine) await incidents.begin();
  else parts.report('incidents_unkept', `Incidents are in memory alone: ${hold.refusal}`);
  return incidents;
}

const openAudit = ({ config: { logs }, clock }: IncidentsParts): Promise<AuditLog> =>
  AuditLog.open(diskOf(logs), {
    path: auditPath(logs),
    fileBytesMax: logs.fileBytesMax,
    filesKept: logs.filesKept,
    wallMs: () => clock.wallMs(),
  });

/** Only a process that may be made to fail has one that can be full. */
const diskOf = ({ full }: LogSettings): RecordDisk => (full === undefined ? patientDisk : fullDisk(full));

/** The judge's time, as soon as it steps; the machine's until then. */
class RecordClock implements Clock {
  judged = false;
  readonly #parts: Pick<IncidentsParts, 'clock' | 'judge'>;

  constructor(parts: Pick<IncidentsParts, 'clock' | 'judge'>) {
    this.#parts = parts;
  }

  nowUs(): number {
    return this.#parts.clock.nowUs();
  }

  wallMs(): number {
    return this.judged ? this.#parts.judge().timeMs() : this.#parts.clock.wallMs();
  }
}

function openKeeper(
  { config, judge, report }: IncidentsParts,
  { changes, clock }: Pick<Held, 'changes' | 'clock'>,
  mine: boolean,
): Promise<IncidentKeeper> {
  return IncidentKeeper.open(config.incidents, {
    disk: mine ? diskOf(config.logs) : refusingDisk,
    path: join(config.logs.directory, 'incidents.jsonl'),
    clock,
    random: randomBytes,
    changes: (sinceMs) => changes.since(sinceMs),
    measures: () => ({
      intervals: judge().history,
      objectives: judge().objectives,
      slowMs: config.ops.slo.latency.thresholdMs,
    }),
    onFault: (error) => report('incident_fault', (error as Error).stack ?? String(error)),
  });
}

interface Held {
  readonly hold: Hold;
  readonly changes: ChangeRing;
  readonly audit: AuditDesk;
  readonly clock: RecordClock;
  readonly keeper: IncidentKeeper;
}

class RunningIncidents implements Incidents {
  readonly audit: AuditDesk;
  readonly #parts: IncidentsParts;
  readonly #hold: Hold;
  readonly #changes: ChangeRing;
  readonly #clock: RecordClock;
  readonly #listeners = new Set<(heard: Heard) => void>();
  #keeper: IncidentKeeper;
  #lookS = 0;
  #taking: Promise<void> | null = null;

  constructor(parts: IncidentsParts, { hold, changes, audit, clock, keeper }: Held) {
    this.#clock = clock;
    this.audit = audit;
    this.#parts = parts;
    this.#hold = hold;
    this.#changes = changes;
    this.#keeper = keeper;
    this.#listenTo(keeper);
  }

  get keeper(): IncidentKeeper {
    return this.#keeper;
  }

  get unkept(): string | null {
    return this.#hold.refusal;
  }

  /** Says that this process has begun, and finds out what is otherwise than with the one before. */
  async begin(): Promise<void> {
    const { config, clock, version, report } = this.#parts;
    const given = givenSettings(config);
    const before = await latestEntry(patientDisk, auditPath(config.logs), STARTED).catch(() => null);
    for (const change of changesAtStart(before, { version, given, timeMs: clock.wallMs() })) this.#changes.note(change);
    void this.audit.append(startAct(version, given));
    for (const one of interruptedIn(this.#keeper.list())) {
      void this.audit.append(interruptedAct(one));
      await this.#keeper.action(one.incidentId, one.record, { by: AUTOMATIC }).catch(() => {});
    }
    const { unreadable, linesInAll, lines } = this.#keeper.status().record;
    if (unreadable !== null) report('incidents_unreadable', `The record of incidents: ${unreadable}`);
    if (linesInAll > 0)
      report(
        'incidents_damaged',
        `Damaged lines in the record of incidents: ${linesInAll}; ${JSON.stringify(lines[0])}`,
      );
  }

  changed(change: Omit<Change, 'timeMs'>): void {
    this.#changes.note({ ...change, timeMs: this.#parts.clock.wallMs() });
  }

  followChanges(listener: (change: Change) => void): () => void {
    return this.#changes.follow(listener);
  }

  subscribe(listener: (heard: Heard) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  step({ verdicts, uptimeS, wallMs }: Seen): void {
    this.#clock.judged = true;
    this.#keeper.step(verdicts, uptimeS, wallMs);
    this.audit.step();
    if (this.#hold.refusal === null || this.#taking !== null || uptimeS - this.#lookS < LOOK_S) return;
    this.#lookS = uptimeS;
    if (!this.#hold.take()) return;
    this.#taking = this.#takeOver().catch((error: Error) => {
      this.#parts.report('incident_fault', error.stack ?? error.message);
    });
  }

  async close(): Promise<void> {
    await this.#taking;
    await Promise.all([this.#keeper.close(), this.audit.close()]);
    this.#hold.release();
  }

  /** Another process kept it, and is gone. What people reported here meanwhile is reported anew; detectors say by themselves what still is. */
  async #takeOver(): Promise<void> {
    const parts = this.#parts;
    const here = this.#keeper;
    await this.audit.take(await openAudit(parts));
    const keeper = await openKeeper(parts, { changes: this.#changes, clock: this.#clock }, true);
    const reported = here.active().filter(({ source }) => source !== 'detector');
    for (const { type, severity, summary: description, components, openedBy: by, source } of reported)
      await keeper
        .detect({ type, severity, description, components }, { by }, source === 'objectives' ? source : 'operator')
        .catch(() => {});
    this.#listenTo(keeper);
    this.#keeper = keeper;
    await here.close();
    await this.begin();
    parts.report('incidents_kept', `Incidents are kept from now on, by ${AUTOMATIC}: ${parts.config.logs.directory}`);
  }

  #listenTo(keeper: IncidentKeeper): void {
    keeper.subscribe((heard) => {
      for (const listener of this.#listeners) listener(heard);
    });
  }
}
