/** Makes it so that something goes wrong, through the routes and signals by which it would, and takes that back. */
import { EngineError } from '../../engine/errors.ts';
import type { Load } from './load/index.ts';
import type { Scenario, Trouble } from './scenario.ts';
import type { Pause, Stage } from './stage.ts';

export interface InflictParts {
  readonly stage: Stage;
  readonly load: Load;
  readonly seed: number;
  readonly pause: Pause;
  /** An incident that the rehearsal itself reports, to act under: it is none that was noticed. */
  readonly own: (incidentId: string) => void;
}

/** Resolves when the trouble is there. @returns what takes it back */
export type Inflict = (parts: InflictParts, scenario: Scenario) => Promise<() => Promise<void>>;

const EXPERIMENT = 'gameday';
const LOOK_MS = 200;
const MEBIBYTE = 2 ** 20;
const NOTHING = async (): Promise<void> => {};

export const inflict: Inflict = (parts, scenario) => begin(parts, scenario, scenario.trouble);

async function begin(parts: InflictParts, scenario: Scenario, trouble: Trouble): Promise<() => Promise<void>> {
  const { stage, load, seed, pause } = parts;
  switch (trouble.kind) {
    case 'faults':
      return struck(stage, trouble.asked);
    case 'blips':
      for (let n = 0; n < trouble.times; n++) {
        if (n > 0) await pause(trouble.everyMs - trouble.lastMs);
        const end = await struck(stage, trouble.asked);
        try {
          await pause(trouble.lastMs);
        } finally {
          await end();
        }
      }
      return NOTHING;
    case 'ballast':
      return ballast(stage, trouble.percent);
    case 'damage':
      return damage(parts);
    case 'canary':
      return canary(stage);
    case 'lane':
      load.run([...scenario.lanes, trouble.lane], seed);
      return async () => load.run(scenario.lanes, seed);
    case 'stop':
      return stopped(stage, trouble.ms, pause);
    case 'restart':
      return restart(parts);
  }
}

export const withdrawFaults = (stage: Stage): Promise<unknown> => stage.ask('POST', '/admin/faults', {});

async function struck(stage: Stage, asked: object): Promise<() => Promise<void>> {
  await stage.ask('POST', '/admin/faults', asked);
  return async () => void (await withdrawFaults(stage));
}

async function ballast(stage: Stage, percent: number): Promise<() => Promise<void>> {
  const lines = (await stage.text('/metrics')).split('\n').map((line) => line.split(' '));
  const gauge = (name: string): number => Number(lines.find(([of]) => of === name)?.[1] ?? Number.NaN);
  const limit = gauge('wp_chat_memory_limit_bytes');
  const missing = (limit * percent) / 100 - gauge('process_resident_memory_bytes');
  return struck(stage, { process: { ballastMiB: Math.max(0, Math.ceil(missing / MEBIBYTE)) } });
}

/** What must be so before it goes wrong: a generation to spare, built anew from the documents of the one that serves. */
export async function prepare(
  { stage, pause }: Pick<InflictParts, 'stage' | 'pause'>,
  { kind }: Trouble,
): Promise<void> {
  if (kind !== 'damage') return;
  const path = '/admin/index/rebuild';
  await stage.ask('POST', path, {});
  for (;;) {
    await pause(LOOK_MS);
    const { underway, last } = await stage.ask<RebuildTold>('GET', path);
    if (underway !== null) continue;
    if (last?.failure == null) return;
    throw new EngineError('index_damaged', `No generation to spare could be built: ${last.failure.detail}`);
  }
}

interface RebuildTold {
  readonly underway: object | null;
  readonly last: { readonly failure: { readonly detail: string } | null } | null;
}

/** Damaged, the spare one is found out, and the one before serves again. */
async function damage({ stage, pause }: InflictParts): Promise<() => Promise<void>> {
  const { generation } = await stage.ask<{ generation: string }>('GET', '/admin/index/status');
  stage.damage!(generation);
  await stage.ask('POST', '/admin/index/verify', { generation, quarantine: true });
  return async () => {
    const look = (): Promise<{ underway: unknown }> => stage.ask('GET', '/admin/index/verify');
    while ((await look()).underway !== null) await pause(LOOK_MS);
  };
}

/** Control and canary differ in a setting that changes nothing of note; what makes the canary worse is that its queries fail. */
async function canary(stage: Stage): Promise<() => Promise<void>> {
  const path = '/admin/canary/enable';
  const { experiments } = await stage.ask<Told>('POST', path, {
    experiment: EXPERIMENT,
    percentage: 50,
    canary: { retrieval: { fusion: { denseWeight: 0.51 } } },
    stickiness: 'random',
    reason: 'gameday',
  });
  const variant = experiments.find(({ name }) => name === EXPERIMENT)!.variants.canary;
  return struck(stage, { faults: [{ target: 'query', kind: 'throw', variant }] });
}

interface Told {
  readonly experiments: readonly { readonly name: string; readonly variants: { readonly canary: string } }[];
}

async function stopped({ pid }: Stage, ms: number, pause: Pause): Promise<() => Promise<void>> {
  process.kill(pid!, 'SIGSTOP');
  try {
    await pause(ms);
  } finally {
    process.kill(pid!, 'SIGCONT');
  }
  return NOTHING;
}

/** What is done to a server is done under an incident; this one is reported by whoever rehearses, and resolved again. */
async function restart({ stage, own }: InflictParts): Promise<() => Promise<void>> {
  const { incident } = await stage.ask<{ incident: { incident_id: string } }>('POST', '/admin/incidents/detect', {
    incident_type: 'cache_failure',
    severity: 'low',
    description: 'Rehearsal of a rolling restart; nothing is wrong',
    affected_components: ['gameday'],
  });
  const { incident_id: id } = incident;
  own(id);
  await stage.ask('POST', `/admin/incidents/${id}/execute`, {
    action_id: 'restart_workers',
    parameters: { beside: true },
    confirm: true,
  });
  return async () => void (await stage.ask('POST', `/admin/incidents/${id}/resolve`, { notes: 'Rehearsed' }));
}
