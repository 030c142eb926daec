/** Experiments over the workers of a process: what they need of it, handed in. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import { machineDisk } from '../engine/store/disk/index.ts';
import type { Judge } from '../ops/index.ts';
import type { ArmsControl } from './arms/index.ts';
import { Experiments } from './canary/index.ts';
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

export function openExperiments(process: ExperimentsProcess): Experiments {
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
