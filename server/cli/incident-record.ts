/** What did a dead server leave of its incidents? Its record, read as the next one will read it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EngineError } from '../../engine/errors.ts';
import { type Incident, type IncidentEvent, isWorse, readRecord } from '../../ops/incidents/index.ts';
import type { Config } from '../config/index.ts';

const DAY_MS = 86_400_000;

export interface LeftRecord {
  readonly path: string;
  /** Worst first, then the oldest. */
  readonly active: readonly Incident[];
  /** Opened within the last day, the latest first. */
  readonly recent: readonly Incident[];
  readonly damagedLines: number;
  /** @throws EngineError incident_missing */
  get(id: string): { readonly incident: Incident; readonly events: readonly IncidentEvent[] };
}

/** @throws EngineError source_unreadable */
export function leftRecord({ logs }: Config, nowMs: number): LeftRecord {
  const path = join(logs.directory, 'incidents.jsonl');
  const { incidents, active, events, faults } = readRecord(bytesOf(path));
  const rank = (one: Incident, other: Incident): number =>
    one.severity === other.severity ? (one.id < other.id ? -1 : 1) : isWorse(one.severity, other.severity) ? -1 : 1;
  return {
    path,
    active: active.toSorted(rank),
    recent: incidents.filter(({ openedMs }) => openedMs >= nowMs - DAY_MS),
    damagedLines: faults.length,
    get: (id) => {
      const incident = incidents.find((one) => one.id === id);
      if (incident !== undefined) return { incident, events: events.get(id) ?? [] };
      throw new EngineError('incident_missing', `There is no incident ${id.slice(0, 100)} in ${path}`, {
        file: path,
        remedy: 'See which there are: wp-chat incident status',
      });
    },
  };
}

/** One that is not there has nothing in it. */
function bytesOf(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Uint8Array(0);
    throw new EngineError('source_unreadable', `Cannot read the record of incidents: ${(error as Error).message}`, {
      file: path,
      remedy: 'Make it readable for who runs this, or name the logs: --set logs.directory=…',
    });
  }
}
