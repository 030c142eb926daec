/** A desk over arms and a disk that a test holds in its hands. */
import { EngineError } from '../../../engine/errors.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';
import type { Variant } from '../../../engine/variant.ts';
import type { ArmsControl } from '../../../server/arms/index.ts';
import { Desk } from '../../../server/canary/desk.ts';
import type { CanaryNotice } from '../../../server/canary/notices.ts';
import { canarySchema } from '../../../server/canary/settings.ts';
import type { CanaryState } from '../../../server/canary/state.ts';
import { StateFile } from '../../../server/canary/state-file.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';

export const settings = canarySchema.parse({ directory: 'canary' });

/** Workers that know the variants they are told, and lack those with a reranker called `none`. */
export class FakeArms implements ArmsControl {
  variants: readonly Variant[] = [];
  readonly stopped = new Set<string>();
  /** Times that anything was stopped. */
  stops = 0;
  /** Holds back whoever sets variants, until it is called. */
  gate: Promise<void> = Promise.resolve();
  lost: (name: string, reason: EngineError) => void = () => {};

  async setVariants(variants: readonly Variant[]): Promise<void> {
    await this.gate;
    const missing = variants.find(({ reranker }) => reranker === 'none');
    if (missing !== undefined) throw new EngineError('model_missing', `No such model: ${missing.name}`);
    this.variants = variants;
    this.stopped.clear();
  }

  stopVariants(names: readonly string[]): void {
    this.stops += 1;
    for (const name of names) this.stopped.add(name);
  }

  async setFaults(): Promise<void> {}

  onArmLost(told: (name: string, reason: EngineError) => void): void {
    this.lost = told;
  }
}

export interface Arranged {
  readonly desk: Desk;
  readonly arms: FakeArms;
  readonly announced: CanaryNotice[];
  readonly reported: string[];
  readonly clock: { ms: number };
}

export function arrangeDesk(disk: Disk = new SimulatedDisk(), state?: CanaryState): Arranged {
  const arms = new FakeArms();
  const announced: CanaryNotice[] = [];
  const reported: string[] = [];
  const clock = { ms: 1_000_000 };
  const file = new StateFile(disk, settings.directory);
  let id = 0;
  const desk = new Desk(
    {
      ...{ settings, file, arms },
      wallMs: () => clock.ms++,
      newId: () => `id-${id++}`,
      announce: (notice) => void announced.push(notice),
      report: (event, detail) => void reported.push(`${event}: ${detail}`),
      changed: () => {},
    },
    state ?? file.read(settings, clock.ms).state,
  );
  return { desk, arms, announced, reported, clock };
}

export const WHO = { by: 'ada', reason: 'a test' };
