/** Keepers under a clock that is set by hand, and what may be asked of them. */
import fc from 'fast-check';
import type { RecordDisk } from '../../../ops/durable/index.ts';
import { INCIDENT_TYPES, type IncidentType, SEVERITIES, type Severity } from '../../../ops/incident-type.ts';
import { IncidentKeeper, incidentsSchema, type KeeperPorts } from '../../../ops/incidents/index.ts';
import type { IntervalSource } from '../../../ops/metrics/interval.ts';
import type { Verdict } from '../../../ops/verdict.ts';

export const PATH = 'logs/incidents.jsonl';
export const START_MS = Date.UTC(2026, 0, 5, 3);

/** A clock that is set by hand; both of its hands move together unless a test says otherwise. */
export class HandClock {
  nowS = 0;
  wall = START_MS;

  pass(seconds: number): void {
    this.nowS += seconds;
    this.wall += seconds * 1000;
  }

  nowUs(): number {
    return this.nowS * 1e6;
  }

  wallMs(): number {
    return this.wall;
  }
}

export const NO_INTERVALS: IntervalSource = { retentionMs: { 1: 0, 10: 0, 60: 0, 3600: 0 }, intervals: () => [] };

export function portsOf(disk: RecordDisk, clock: HandClock, more: Partial<KeeperPorts> = {}): KeeperPorts {
  let drawn = 0;
  return {
    disk,
    path: PATH,
    clock,
    random: (bytes) => new Uint8Array(bytes).fill(++drawn),
    changes: () => [],
    onFault: (error) => {
      throw error;
    },
    measures: () => ({ intervals: NO_INTERVALS, objectives: [], slowMs: 800 }),
    ...more,
  };
}

export const SETTINGS = incidentsSchema.parse({});

export const openKeeper = (disk: RecordDisk, clock: HandClock, settings: Partial<typeof SETTINGS> = {}) =>
  IncidentKeeper.open({ ...SETTINGS, ...settings }, portsOf(disk, clock));

export function verdict(
  incident: IncidentType,
  severity: Severity | null = 'high',
  detector: string = incident,
): Verdict {
  const firing = severity !== null;
  return {
    detector,
    incident,
    firing,
    severity,
    sinceS: firing ? 0 : null,
    level: firing ? 1 : 0,
    why: `${detector} sees ${incident}`,
    numbers: { seen: 1 },
  };
}

/** What may be asked of a keeper, legal or not. */
export const acts = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('pass' as const), seconds: fc.constantFrom(1, 5, 31, 200, 1000) }),
    fc.record({
      do: fc.constant('fire' as const),
      type: fc.constantFrom(...INCIDENT_TYPES),
      severity: fc.constantFrom(...SEVERITIES),
    }),
    fc.record({
      do: fc.constant('report' as const),
      type: fc.constantFrom(...INCIDENT_TYPES),
      where: fc.constantFrom('', 'a', 'b'),
    }),
    fc.record({
      do: fc.constantFrom(
        'acknowledge' as const,
        'mitigate' as const,
        'resolve' as const,
        'note' as const,
        'action' as const,
        'draft' as const,
      ),
      which: fc.nat(5),
    }),
  ),
  { maxLength: 30 },
);
type Act = (typeof acts extends fc.Arbitrary<infer Acts> ? Acts : never) extends (infer One)[] ? One : never;

const by = { by: 'key-1' };

/** Does what is legal of it, and passes over what is refused. @returns whether it was durable; null where it was refused */
export async function perform(keeper: IncidentKeeper, act: Act, clock: HandClock): Promise<boolean | null> {
  if (act.do === 'pass') {
    for (let left = Math.min(act.seconds, 40); left > 0; left--) {
      clock.pass(act.seconds / Math.min(act.seconds, 40));
      keeper.step([], clock.nowS, clock.wall);
    }
    return null;
  }
  if (act.do === 'fire') {
    clock.pass(1);
    keeper.step([verdict(act.type, act.severity)], clock.nowS, clock.wall);
    return null;
  }
  try {
    if (act.do === 'report') {
      const components = act.where === '' ? [] : [act.where];
      return (await keeper.detect({ type: act.type, severity: null, description: 'seen', components }, by)).durable;
    }
    const all = keeper.list();
    const id = all[act.which % Math.max(1, all.length)]?.id ?? 'none';
    return (await done(keeper, act.do, id)).durable;
  } catch {
    return null;
  }
}

function done(
  keeper: IncidentKeeper,
  what: Exclude<Act, { seconds: number } | { type: IncidentType }>['do'],
  id: string,
) {
  switch (what) {
    case 'acknowledge':
      return keeper.acknowledge(id, by);
    case 'mitigate':
      return keeper.mitigate(id, 'by hand', by);
    case 'resolve':
      return keeper.resolve(id, 'fixed', by);
    case 'note':
      return keeper.note(id, 'looked at it', by);
    case 'action':
      return keeper.action(id, { run: 'r1', action: 'clear_cache', phase: 'started', detail: '', effect: null }, by);
    case 'draft':
      return keeper.setPostmortem(id, 'draft', by);
  }
}
