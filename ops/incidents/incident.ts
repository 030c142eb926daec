/** What is an incident, as it is shown? Plain values, never changed: every event makes another one. */
import type { IncidentType, Severity } from '../incident-type.ts';
import type { ChecklistItem } from './record/checklists.ts';
import type {
  ActionItem,
  ActionRecord,
  IncidentBody,
  PostmortemStatus,
  Section,
  Sign,
  Suspect,
} from './record/event.ts';
import type { Measured } from './record/measured.ts';

export const STATES = ['detected', 'acknowledged', 'mitigating', 'mitigated', 'resolved'] as const;
export type IncidentState = (typeof STATES)[number];

/** Who did it, and when, milliseconds since the epoch. */
export interface Act {
  readonly by: string;
  readonly timeMs: number;
}

export interface Incident {
  readonly id: string;
  readonly type: IncidentType;
  readonly scope: string;
  readonly severity: Severity;
  readonly severityWorst: Severity;
  readonly state: IncidentState;
  /** Rises with whatever somebody who acts on it should know of: state, severity, type, post-mortem; not with notes or symptoms. */
  readonly version: number;
  readonly source: 'detector' | 'operator' | 'objectives';
  readonly openedMs: number;
  readonly openedBy: string;
  readonly summary: string;
  readonly components: readonly string[];
  readonly related: readonly string[];
  /** What was said of it, the worst of each detector; of another type they are symptoms. */
  readonly signs: readonly (Sign & { readonly firstMs: number })[];
  readonly suspects: readonly Suspect[];
  /** Since it was opened last: who comes back to an incident that was opened again has to say so anew. */
  readonly acknowledged: Act | null;
  /** The first of each, ever: what time to acknowledge and to mitigate are made of. */
  readonly firstAcknowledged: Act | null;
  readonly firstMitigating: Act | null;
  /** The last of each; null while it is not so. */
  readonly mitigated: Act | null;
  readonly resolved: (Act & { readonly notes: string }) | null;
  /** How often it came back, after it was mitigated or resolved. */
  readonly flaps: number;
  readonly mergedInto: string | null;
  readonly actions: readonly (ActionRecord & Act)[];
  readonly notes: number;
  readonly measured: Measured | null;
  readonly postmortem: {
    /** Null until there is one. */
    readonly status: PostmortemStatus | null;
    readonly sections: Readonly<Partial<Record<Section, string>>>;
    readonly items: readonly ActionItem[];
  };
  readonly ticks: Readonly<Partial<Record<ChecklistItem, Act>>>;
  /** Whether only this is left of it. */
  readonly summarised: boolean;
  /** Lines of it in the record. */
  readonly events: number;
}

export type BodyOf<Kind extends IncidentBody['kind']> = Extract<IncidentBody, { kind: Kind }>;

/** What tells faults apart. */
export const fingerprintOf = ({ type, scope }: Pick<Incident, 'type' | 'scope'>): string => `${type} ${scope}`;

export const isOpen = ({ state }: Pick<Incident, 'state'>): boolean => state !== 'resolved';
