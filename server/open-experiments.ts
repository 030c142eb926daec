/** Experiments over the workers of a process: what they need of it, handed in. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import { machineDisk } from '../engine/store/disk/index.ts';
import type { Judge } from '../ops/index.ts';
import type { ArmsControl } from './arms/index.ts';
import { Experiments } from './canary/index.ts';
import { Relevance } from './canary/relevance/index.ts';
import type { Config } from './config/index.ts';
import type { RequestHead } from './http.ts';
import { callerOf } from './limits/index.ts';
import type { LoadControl } from './overload/index.ts';
import { type Askers, searchAskers } from './search-askers.ts';
import type { Shared } from './shared/index.ts';

export interface ExperimentsProcess {
  readonly config: Config;
  readonly clock: Clock;
  readonly arms: ArmsControl;
  readonly control: LoadControl;
  readonly store: Pick<Shared, 'announceCanary' | 'followCanary'>;
  /** Whose objectives say whether there is room for a risk; asked only once it is there. */
  readonly judge: () => Judge;
  /** Whether a request may ask for an arm, where operators may. */
  readonly mayAct: (request: RequestHead) => boolean;
  readonly report: (event: string, detail: string) => void;
}

function openExperiments(process: ExperimentsProcess): { experiments: Experiments; askers: Askers } {
  const { config, clock, arms, control, store, judge, report } = process;
  const { canary: settings, ops } = config;
  const experiments = new Experiments({
    settings,
    disk: machineDisk,
    clock,
    arms,
    slowMs: ops.slo.latency.thresholdMs,
    verySlowMs: ops.slo.tail.thresholdMs,
    budgetLeft: () =>
      !ops.enabled ||
      judge().objectives.every(({ budgetLeftPercent: left }) => left > 0 && left >= settings.budgetLeftPercentMin),
    loaded: () => control.isLowering,
    announce: store.announceCanary,
    report,
    newId: randomUUID,
  });
  store.followCanary((notice) => experiments.adopt(notice), experiments.held());
  const askers = searchAskers({
    experiments,
    callerOf: callerOf(config.server.limits),
    mayAsk: (request) => settings.armHeader === 'operators' && process.mayAct(request),
  });
  return { experiments, askers };
}

/** Clicks on what the arms answer, and the record of both. */
function openRelevance({ config, clock, report }: ExperimentsProcess, experiments: Experiments): Relevance {
  const { canary: settings, ops, logs } = config;
  return new Relevance({
    ...{ settings, logs, clock, experiments, directory: settings.directory },
    slowMs: ops.slo.latency.thresholdMs,
    verySlowMs: ops.slo.tail.thresholdMs,
    report: ({ code, message }) => report(code, message),
  });
}

export interface Trials {
  readonly experiments: Experiments;
  readonly relevance: Relevance;
  readonly askers: Askers;
  /** Takes up what was so before. Never rejects. */
  start(): Promise<void>;
  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  close(): Promise<void>;
}

export function openTrials(process: ExperimentsProcess): Trials {
  const { experiments, askers } = openExperiments(process);
  const relevance = openRelevance(process, experiments);
  return {
    experiments,
    relevance,
    askers,
    start: async () => {
      await Promise.all([experiments.start(), relevance.start()]);
    },
    close: async () => {
      await Promise.all([experiments.close(), relevance.close()]);
    },
  };
}
