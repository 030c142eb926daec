/**
 * THE KEEPER OF INCIDENTS: what detectors and operators say, on one record.
 *
 * ```text
 * verdicts, each second ─▶ Correlator ─┐
 *                                      ├─▶ IncidentBook ─▶ IncidentStore (incidents.jsonl) ─▶ whoever subscribes
 * operators: acknowledge, resolve … ───┘
 * ```
 */
import { EngineError } from '../../engine/errors.ts';
import { SEVERITIES, type Severity } from '../incident-type.ts';
import type { IncidentBrief } from '../snapshot.ts';
import type { Verdict } from '../verdict.ts';
import type { By, IncidentStatus, KeeperPorts, Report } from './asked.ts';
import { type Heard, IncidentBook, type Told } from './book.ts';
import { COMPONENTS, scopeOf } from './components.ts';
import { Correlator } from './course/correlator.ts';
import { beginOrAdopt, mergeInto, openingOf } from './course/placing.ts';
import { type Incident, isOpen } from './incident.ts';
import { Measurer } from './measurer.ts';
import { type Postmortem, postmortemOf } from './postmortem/index.ts';
import type { ChecklistItem } from './record/checklists.ts';
import {
  type ActionItem,
  type ActionRecord,
  AUTOMATIC,
  type IncidentBody,
  type IncidentEvent,
  type PostmortemStatus,
  type Section,
  textOf,
} from './record/event.ts';
import { IncidentStore } from './record/store.ts';
import type { IncidentSettings } from './settings.ts';
import { isWorse, USUAL_SEVERITY, worseOf } from './severity.ts';
import { demand, demandStatus, demandVersion, type IncidentAct } from './transitions.ts';
import { demandComponents, demandValid } from './valid.ts';

const DAY_MS = 86_400_000;
const OPEN_MAX = 100;
/** Notes, actions and edits of one incident. */
const EVENTS_MAX = 2000;
const PAGED: readonly Severity[] = ['critical', 'high'];

export class IncidentKeeper {
  readonly #settings: IncidentSettings;
  readonly #ports: KeeperPorts;
  readonly #store: IncidentStore;
  readonly #book: IncidentBook;
  readonly #correlator: Correlator;
  readonly #measurer: Measurer;

  private constructor(settings: IncidentSettings, ports: KeeperPorts, store: IncidentStore) {
    this.#settings = settings;
    this.#ports = ports;
    this.#store = store;
    const wallMs = (): number => ports.clock.wallMs();
    const { random, changes, onFault } = ports;
    this.#book = new IncidentBook({ store, wallMs, random, changes, onFault });
    this.#correlator = new Correlator(settings, this.#book);
    this.#measurer = new Measurer(this.#book, ports.measures, wallMs, onFault);
    this.#book.subscribe(({ event, incident }) => this.#follow(event, incident));
  }

  /** Never rejects over what is in the file; see `status().record` for what was wrong with it. */
  static async open(settings: IncidentSettings, ports: KeeperPorts): Promise<IncidentKeeper> {
    const { fileBytesMax: bytesMax, retentionDays } = settings;
    const store = await IncidentStore.open(ports.disk, {
      path: ports.path,
      bytesMax,
      retentionMs: retentionDays * DAY_MS,
    });
    return new IncidentKeeper(settings, ports, store);
  }

  /**
   * To be called once a second with what the detectors say.
   *
   * @param nowS of the clock of `Verdict.sinceS`, which never jumps
   */
  step(verdicts: readonly Verdict[], nowS: number, wallMs: number): void {
    this.#correlator.step(verdicts, nowS, wallMs);
    this.#measurer.step(nowS);
    if (this.#store.waitingBytes > 0) void this.#store.flush();
    this.#book.compact();
  }

  /** Calls when something counts. @returns what ends that */
  subscribe(listener: (heard: Heard) => void): () => void {
    return this.#book.subscribe(listener);
  }

  /** Worst first, then the oldest. */
  active(): readonly Incident[] {
    const rank = ({ severity }: Incident): number => SEVERITIES.indexOf(severity);
    return this.#book.countedOpen().toSorted((one, other) => rank(one) - rank(other));
  }

  briefs(): readonly IncidentBrief[] {
    return this.active().map(({ id, type, severity, state, openedMs, summary }) => ({
      id,
      type,
      severity,
      state,
      openedMs,
      summary,
    }));
  }

  status(): IncidentStatus {
    const active = this.active();
    const since = this.#ports.clock.wallMs() - DAY_MS;
    const recent = this.#book.counted().filter(({ openedMs }) => openedMs >= since);
    const count = (severity: Severity): number => active.filter((incident) => incident.severity === severity).length;
    return {
      active,
      recent: recent.toReversed(),
      bySeverity: { critical: count('critical'), high: count('high'), medium: count('medium'), low: count('low') },
      record: { ...this.#store.faults, bytes: this.#store.bytes, waitingBytes: this.#store.waitingBytes },
    };
  }

  /** Newest first, closed ones too. */
  list(): readonly Incident[] {
    return this.#book.counted().toReversed();
  }

  /** @throws EngineError incident_missing */
  get(id: string): { readonly incident: Incident; readonly events: readonly IncidentEvent[] } {
    const incident = this.#known(id, this.#book.countedOf(id));
    // Those behind are on their way to the disk.
    return { incident, events: this.#store.events(id).slice(0, incident.events) };
  }

  /**
   * Opens an incident, or tells the one that is open for the same fault.
   *
   * @throws EngineError incidents_full, request_invalid
   */
  async detect(report: Report, { by }: By, source: 'operator' | 'objectives' = 'operator'): Promise<Told> {
    const { type, description } = report;
    const severity = report.severity ?? USUAL_SEVERITY[type];
    const scope = scopeOf(report.components);
    demandValid({ kind: 'note', text: description });
    demandComponents(report.components);
    const reopenMs = this.#ports.clock.wallMs() - this.#settings.reopenS * 1000;
    const open = this.#book.open();
    const general = report.components.length === 0 ? open.find((one) => one.type === type) : undefined;
    const same = general ?? this.#book.sameFault({ type, scope }, reopenMs);
    if (same !== undefined) return this.#tellAgain(same, severity, description, by);
    if (open.length >= OPEN_MAX) throw full(`Cannot open another incident: ${OPEN_MAX} are open`);
    const components = report.components.length > 0 ? report.components : COMPONENTS[type];
    const summary = description === '' ? `Reported by ${by}` : description;
    const { id } = this.#book.begin({ type, scope, severity, source, summary, components }, by);
    return this.#book.settled(id);
  }

  /**
   * What a check found that looks once and not each second: an index that does not hold what it should, an experiment that was rolled
   * back. As with what detectors see, symptoms that came first are part of it; since nobody sees it go away, a person calls it over.
   *
   * @throws EngineError incidents_full
   */
  async found({ type, description }: Pick<Report, 'type' | 'description'>): Promise<Told> {
    const { graceS, reopenS } = this.#settings;
    const severity = USUAL_SEVERITY[type];
    const nowMs = this.#ports.clock.wallMs();
    const summary = textOf(description);
    const opening = openingOf(type, { severity, summary, source: 'detector' });
    const same = this.#book.sameFault(opening, nowMs - reopenS * 1000);
    if (same !== undefined) return this.#tellAgain(same, severity, summary, AUTOMATIC);
    const open = this.#book.open();
    if (open.length >= OPEN_MAX) throw full(`Cannot open another incident: ${OPEN_MAX} are open`);
    const young = open.filter(({ openedMs }) => nowMs - openedMs <= graceS * 1000);
    const incident = beginOrAdopt(this.#book, opening, young);
    mergeInto(this.#book, incident, young);
    return this.#book.settled(incident.id);
  }

  /** @throws EngineError incident_missing, incident_changed, incident_state: one that is resolved stays so */
  async acknowledge(id: string, who: By): Promise<Told> {
    return this.#act(id, 'acknowledge', who, { kind: 'acknowledged' });
  }

  /** @throws EngineError incident_missing, incident_changed, incident_state */
  async mitigate(id: string, why: string, who: By): Promise<Told> {
    return this.#act(id, 'mitigate', who, { kind: 'mitigated', why });
  }

  /** @throws EngineError incident_missing, incident_changed, incident_state */
  async resolve(id: string, notes: string, who: By): Promise<Told> {
    return this.#act(id, 'resolve', who, { kind: 'resolved', notes });
  }

  /** @throws EngineError incident_missing, incidents_full, request_invalid */
  async note(id: string, text: string, who: By): Promise<Told> {
    return this.#write(id, who, { kind: 'note', text });
  }

  /** What an action did, also one that failed; the first that is started makes the incident one that is being mitigated. */
  async action(id: string, record: ActionRecord, who: By): Promise<Told> {
    return this.#write(id, who, { kind: 'action', record });
  }

  /** @throws EngineError incident_missing, incident_changed, incident_state */
  async setPostmortem(id: string, status: PostmortemStatus, who: By): Promise<Told> {
    const incident = this.#known(id);
    demand(incident, 'writeUp', who.expectedVersion);
    demandStatus(incident, status);
    return this.#write(id, who, { kind: 'postmortem', status });
  }

  /** @throws EngineError incident_missing, incident_changed, incident_state where it is closed, request_invalid */
  async edit(
    id: string,
    edit: { readonly section: Section; readonly text: string } | { readonly item: ActionItem },
    who: By,
  ): Promise<Told> {
    const incident = this.#known(id);
    if (incident.postmortem.status === 'closed') demandStatus(incident, 'draft');
    return this.#write(id, who, 'item' in edit ? { kind: 'item', item: edit.item } : { kind: 'written', ...edit });
  }

  /** @throws EngineError incident_missing, incident_changed */
  async tick(id: string, item: ChecklistItem, done: boolean, who: By): Promise<Told> {
    return this.#write(id, who, { kind: 'ticked', item, done });
  }

  /** Made from what was recorded, and measured anew while it is open. @throws EngineError incident_missing */
  async postmortem(id: string): Promise<Postmortem> {
    const { incident, events } = this.get(id);
    const measured = isOpen(incident) ? await this.#measurer.measure(incident) : incident.measured;
    return postmortemOf({ ...incident, measured }, events);
  }

  /** Resolves when all that was decided counts: the disk took it, or refused it. */
  flush(): Promise<void> {
    return this.#store.flush();
  }

  /** Waits for that, and lets the record go. */
  close(): Promise<void> {
    this.#measurer.stop();
    return this.#store.close();
  }

  #follow(event: IncidentEvent, incident: Incident): void {
    if (event.event.kind !== 'resolved') return;
    this.#measurer.due(incident.id);
    const { status } = incident.postmortem;
    if (status === null && PAGED.includes(incident.severityWorst))
      this.#book.record(incident.id, { kind: 'postmortem', status: 'draft' }, AUTOMATIC);
  }

  #tellAgain(same: Incident, severity: Severity, description: string, by: string): Promise<Told> {
    const { id } = same;
    if (!isOpen(same)) {
      const worst = worseOf(severity, same.severity);
      this.#book.record(id, { kind: 'reopened', severity: worst, why: description }, by);
      return this.#book.settled(id);
    }
    if (isWorse(severity, same.severity))
      this.#book.record(id, { kind: 'severity', to: severity, why: `Reported by ${by}` }, by);
    return this.#write(id, { by }, { kind: 'note', text: `Reported again: ${description}` });
  }

  #act(id: string, act: IncidentAct, { by, expectedVersion }: By, body: IncidentBody): Promise<Told> {
    demand(this.#known(id), act, expectedVersion);
    demandValid(body);
    this.#book.record(id, body, by);
    return this.#book.settled(id);
  }

  #write(id: string, { by, expectedVersion }: By, body: IncidentBody): Promise<Told> {
    const incident = this.#known(id);
    demandVersion(incident, expectedVersion);
    demandValid(body);
    if (incident.events >= EVENTS_MAX) throw full(`Cannot add to incident ${id}: it has ${incident.events} entries`);
    this.#book.record(id, body, by);
    return this.#book.settled(id);
  }

  #known(id: string, incident = this.#book.get(id)): Incident {
    if (incident !== undefined) return incident;
    throw new EngineError('incident_missing', `There is no incident ${id.slice(0, 100)}`, {
      field: 'id',
      value: id.slice(0, 100),
      remedy: 'See which there are: wp-chat incident status',
    });
  }
}

const full = (detail: string): EngineError =>
  new EngineError('incidents_full', detail, { remedy: 'Resolve what is over' });
