/**
 * Tells people of incidents: looks at them, decides by the escalation who has to hear what, and delivers that through the outbox.
 *
 * What was decided and what is to be delivered of it lie in one line on the disk: after a crash both are there, or neither, and then
 * it is decided again under the same keys.
 */
import { type Clock, systemClock } from '../../engine/clock.ts';
import { EngineError } from '../../engine/errors.ts';
import { type ChangeView, changeNotice } from './change-notice.ts';
import type { Channel } from './channels/channel.ts';
import { openChannels } from './channels/open-channels.ts';
import type { IncidentView } from './escalation/incident.ts';
import type { Silence } from './escalation/quiet.ts';
import { type Rules, rulesOf } from './escalation/rules.ts';
import { type EscalationState, NOTHING_YET } from './escalation/state.ts';
import { step } from './escalation/step.ts';
import type { Notice } from './notice.ts';
import type { DeadLetter } from './outbox/contents.ts';
import type { OutboxDisk } from './outbox/disk.ts';
import { Lane, type LaneStatus, type SetTimer } from './outbox/lane.ts';
import { Outbox, type Parcel } from './outbox/outbox.ts';
import type { Environment } from './secrets.ts';
import type { NotifySettings } from './settings.ts';
import { inForce, NO_SILENCES, type SilenceRequest, type Silences, withoutSilence, withSilence } from './silences.ts';
import { sendTestTo, type TestResult } from './test-notice.ts';

export interface NotifierTerms {
  readonly settings: NotifySettings;
  readonly environment: Environment;
  readonly disk: OutboxDisk;
  readonly clock?: Clock;
  readonly setTimer?: SetTimer;
  readonly random?: () => number;
}

export interface ChannelStatus extends LaneStatus {
  readonly name: string;
  readonly kind: string;
  readonly waiting: number;
}

export interface NotifierStatus {
  readonly channels: readonly ChannelStatus[];
  readonly deadLetters: readonly DeadLetter[];
  readonly silences: readonly Silence[];
  readonly callsLastHour: number;
  readonly callsPerHourMax: number;
  /** Why the outbox is not on the disk; null where it is. */
  readonly fault: string | null;
  /** Lines of it that were found damaged at the start. */
  readonly damaged: number;
}

/** What is kept on the disk beside the notices that wait. */
interface Memo {
  readonly format: 1;
  readonly escalation: EscalationState;
  readonly silences: Silences;
}

/** Changes that may wait for a receiver: what calls nobody must not push out what does. */
const CHANGES_WAITING_MAX = 50;

const systemTimer: SetTimer = (fire, afterMs) => {
  const timer = setTimeout(fire, afterMs).unref();
  return () => clearTimeout(timer);
};

export class Notifier {
  readonly #settings: NotifySettings;
  readonly #clock: Clock;
  readonly #channels: ReadonlyMap<string, Channel>;
  readonly #outbox: Outbox;
  readonly #lanes: ReadonlyMap<string, Lane>;
  #memo: Memo;

  /** @throws EngineError config_invalid; errors of the disk where the outbox is there and cannot be read */
  constructor({
    settings,
    environment,
    disk,
    clock = systemClock,
    setTimer = systemTimer,
    random = Math.random,
  }: NotifierTerms) {
    this.#settings = settings;
    this.#clock = clock;
    this.#channels = openChannels(settings, environment, clock);
    const { directory, waitingMax, deadLettersMax, retryBaseMs, retryCapMs, giveUpHours } = settings;
    this.#outbox = new Outbox({ disk, folder: directory, waitingMax, deadLettersMax });
    this.#memo = memoOf(this.#outbox.memo);
    const terms = { clock, setTimer, random, retryBaseMs, retryCapMs, giveUpMs: giveUpHours * 3_600_000 };
    const active = (name: string): readonly Notice[] => this.#active(name);
    this.#lanes = new Map(
      [...this.#channels].map(([name, channel]) => [name, new Lane(channel, this.#outbox, { ...terms, active })]),
    );
    for (const entry of this.#outbox.entries)
      if (!this.#channels.has(entry.channel))
        this.#outbox.giveUp(entry, 'There is no such channel any more', clock.wallMs());
  }

  /**
   * Looks at the incidents; to be called each second, and whenever one changes. What is due is on its way when this returns.
   *
   * @param incidents all that are not over, and those that ended since the last look; more do no harm
   */
  step(incidents: readonly IncidentView[]): void {
    const nowMs = this.#clock.wallMs();
    const silences = inForce(this.#memo.silences, nowMs);
    const { state, dispatches } = step(this.#memo.escalation, incidents, nowMs, this.#rules(silences));
    const parcels = dispatches.flatMap(({ key, notice, channels }) =>
      channels
        .filter((channel) => this.#channels.has(channel))
        .map((channel): Parcel => ({ key: `${key}/${channel}`, channel, notice })),
    );
    this.#commit({ format: 1, escalation: state, silences }, parcels);
    for (const lane of this.#lanes.values()) lane.kick();
  }

  /** Tells receivers that keep changes of one; told twice, it is one. It is no call: no level, silence or budget is asked. */
  changed(change: ChangeView): void {
    const notice = changeNotice(change);
    const takers = [...this.#channels.values()].filter(({ takesChanges }) => takesChanges).map(({ name }) => name);
    const parcels = takers
      .filter((name) => this.#changesWaiting(name) < CHANGES_WAITING_MAX)
      .map((channel): Parcel => ({ key: `${notice.incidentId}/${channel}`, channel, notice }));
    if (parcels.length === 0) return;
    this.#commit(this.#memo, parcels);
    for (const lane of this.#lanes.values()) lane.kick();
  }

  /** @throws EngineError overloaded where there are too many */
  addSilence(request: SilenceRequest, author: string): Silence {
    const silences = withSilence(this.#memo.silences, request, author, this.#clock.wallMs());
    this.#commit({ ...this.#memo, silences }, []);
    return silences.items.at(-1)!;
  }

  /** @throws EngineError not_found */
  endSilence(id: string): void {
    const silences = withoutSilence(this.#memo.silences, id);
    if (silences.items.length === this.#memo.silences.items.length)
      throw new EngineError('not_found', `There is no silence ${id}`, { field: 'id', value: id });
    this.#commit({ ...this.#memo, silences }, []);
  }

  /** Past the outbox, at once. @throws EngineError not_found */
  sendTest(name: string): Promise<TestResult> {
    const channel = this.#channels.get(name);
    if (channel !== undefined) return sendTestTo(channel, this.#clock);
    const expected = [...this.#channels.keys()].join(', ') || 'one of incidents.notify.channels, which is empty';
    throw new EngineError('not_found', `There is no channel ${name}: expected ${expected}`, {
      field: 'channel',
      value: name,
      expected,
    });
  }

  /** Tries a dead letter again. @throws EngineError not_found */
  redeliver(seq: number): void {
    if (!this.#outbox.redeliver(seq, this.#clock.wallMs()))
      throw new EngineError('not_found', `There is no dead letter ${seq}`, { field: 'seq', value: seq });
    for (const lane of this.#lanes.values()) lane.kick();
  }

  status(): NotifierStatus {
    const { escalation, silences } = this.#memo;
    return {
      channels: [...this.#channels.values()].map(({ name, kind }) => ({
        name,
        kind,
        waiting: this.#outbox.waiting(name).length,
        ...this.#lanes.get(name)!.status,
      })),
      deadLetters: this.#outbox.deadLetters,
      silences: inForce(silences, this.#clock.wallMs()).items,
      callsLastHour: escalation.callsMs.length,
      callsPerHourMax: this.#settings.budgetPerHour,
      fault: this.#outbox.fault,
      damaged: this.#outbox.damaged,
    };
  }

  /** Begins nothing more, and waits for what is under way, which each channel's deadline bounds. What waits goes on after a start. */
  async close(): Promise<void> {
    await Promise.all([...this.#lanes.values()].map((lane) => lane.close()));
    this.#outbox.close();
  }

  #changesWaiting(channel: string): number {
    return this.#outbox.waiting(channel).filter(({ notice }) => notice.type === 'change').length;
  }

  #rules(silences: Silences): Rules {
    return rulesOf(this.#settings, this.#channels, silences.items);
  }

  /** Nothing is written where nothing has changed. */
  #commit(memo: Memo, parcels: readonly Parcel[]): void {
    if (parcels.length === 0 && JSON.stringify(memo) === JSON.stringify(this.#memo)) return;
    this.#memo = memo;
    this.#outbox.commit(parcels, memo, this.#clock.wallMs());
  }

  /** What goes on that this channel was told of. */
  #active(channel: string): readonly Notice[] {
    const { tracks, digest } = this.#memo.escalation;
    const told = tracks.flatMap(({ told: names, last }) => (last !== null && names.includes(channel) ? [last] : []));
    return digest?.told.includes(channel) ? [...told, digest.notice] : told;
  }
}

function memoOf(found: unknown): Memo {
  const memo = found as Memo | null;
  return memo?.format === 1 ? memo : { format: 1, escalation: NOTHING_YET, silences: NO_SILENCES };
}
