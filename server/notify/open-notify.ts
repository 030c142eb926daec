/** Notices over the incidents of a process: looked at when one changes, and each second, as time-outs pass without any change. */
import type { Clock } from '../../engine/clock.ts';
import type { Change, Incident, IncidentKeeper } from '../../ops/incidents/index.ts';
import type { Family } from '../../ops/index.ts';
import { type IncidentView, Notifier, type NotifierTerms } from '../../ops/notify/index.ts';
import type { Config } from '../config/index.ts';
import type { Route } from '../http.ts';
import { reopenedIn, viewOf } from './incident-view.ts';
import { linksOf, publicUrlOf } from './links.ts';
import { notifyAdmin } from './notify-admin.ts';
import { notifyFamilies } from './notify-families.ts';

export interface NotifyParts {
  readonly settings: Config['incidents']['notify'];
  readonly server: Config['server'];
  readonly disk: NotifierTerms['disk'];
  readonly environment: NotifierTerms['environment'];
  readonly clock: Clock;
  /** Whoever keeps them now, loaded: what is missing there is told as over. */
  readonly incidents: Pick<IncidentKeeper, 'list' | 'get' | 'subscribe'> & {
    /** With what was changed lately, and with each change from then on. */
    followChanges(listener: (change: Change) => void): () => void;
  };
}

export interface Notify {
  /** To be called each second. */
  step(): void;
  readonly routes: readonly Route[];
  families(): Family[];
  /** Begins nothing more, and waits for what is under way, within the deadlines of the channels. */
  close(): Promise<void>;
}

/** What ended before this is not looked at again; whoever tracks it has been told long ago. */
const ENDED_MS = 3_600_000;

/** @throws EngineError config_invalid where a channel's secret is missing; errors of the disk where the outbox cannot be read */
export function openNotify({ settings, server, disk, environment, clock, incidents }: NotifyParts): Notify {
  const notifier = new Notifier({ settings, environment, disk, clock });
  const url = publicUrlOf(server);
  /** An incident is another value after each event, so what was counted of it holds. */
  const reopened = new WeakMap<Incident, number>();
  const viewed = (incident: Incident): IncidentView => {
    let count = incident.flaps === 0 ? 0 : reopened.get(incident);
    if (count === undefined) {
      count = reopenedIn(incidents.get(incident.id).events);
      reopened.set(incident, count);
    }
    return viewOf(incident, count, linksOf(url, incident));
  };
  // All of them first: what ended while nobody looked is told with its own end.
  let sinceMs = Number.NEGATIVE_INFINITY;
  const step = (): void => {
    const relevant = incidents.list().filter(({ resolved }) => resolved === null || resolved.timeMs >= sinceMs);
    notifier.step(relevant.map(viewed));
    sinceMs = clock.wallMs() - ENDED_MS;
  };
  const unsubscribe = incidents.subscribe(step);
  step();
  const unfollow = incidents.followChanges((change) => notifier.changed(change));
  return {
    step,
    routes: notifyAdmin(notifier, server),
    families: () => notifyFamilies(notifier.status()),
    close: async () => {
      unsubscribe();
      unfollow();
      await notifier.close();
    },
  };
}
