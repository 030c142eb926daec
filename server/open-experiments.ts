/** Experiments over the workers of a process: what they need of it, handed in. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import { machineDisk } from '../engine/store/disk/index.ts';
import type { Judge } from '../ops/index.ts';
import type { ArmsControl } from './arms/index.ts';
import { Experiments } from './canary/index.ts';
import { Relevance } from './canary/relevance/index.ts';
import type { Config } from './config/index.ts';
import type { LoadControl } from './overload/index.ts';
import type { Shared } from './shared/index.ts';

export interface ExperimentsProcess {
  readonly config: Config;
  readonly clock: Clock;
  readonly arms: ArmsControl;
  readonly control: LoadControl;
  readonly store: Pick<Shared, 'announceCanary' | 'followCanary'>;
  /** Whose objectives say whether there is room for a risk; asked only once it is there. */
  readonly judge: () => Judge;
  readonly report: (event: string, detail: string) => void;
}

function openExperiments(process: ExperimentsProcess): Experiments {
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
      judge().snapshot.objectives.every(
        ({ budgetLeftPercent: left }) => left > 0 && left >= settings.budgetLeftPercentMin,
      ),
    loaded: () => control.isLowering,
    announce: store.announceCanary,
    report,
    newId: randomUUID,
  });
  store.followCanary((notice) => experiments.adopt(notice), experiments.held());
  return experiments;
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
  /** Takes up what was so before. Never rejects. */
  start(): Promise<void>;
  /** Resolves when what is to be kept is on the disk, or lost. Never rejects. */
  close(): Promise<void>;
}

export function openTrials(process: ExperimentsProcess): Trials {
  const experiments = openExperiments(process);
  const relevance = openRelevance(process, experiments);
  return {
    experiments,
    relevance,
    start: async () => {
      await Promise.all([experiments.start(), relevance.start()]);
    },
    close: async () => {
      await Promise.all([experiments.close(), relevance.close()]);
    },
  };
}
