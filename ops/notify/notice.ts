/** What is told of an incident, to whomever it is told: one value for every channel. */
import type { IncidentType, Severity } from '../incident-type.ts';

export const NOTICE_STATES = ['opened', 'escalated', 'reopened', 'acknowledged', 'mitigated', 'resolved'] as const;
export type NoticeState = (typeof NOTICE_STATES)[number];

/**
 * A digest stands for incidents that the budget kept from being told one by one; a test for none; a change for something that was done
 * to the process, which calls nobody.
 */
export type NoticeType = IncidentType | 'digest' | 'test' | 'change';

/** Plain values only: it is kept as JSON until it is delivered. Texts may be anything at all; each channel makes them fit. */
export interface Notice {
  /** The same for all notices of an incident, so that receivers put them together. */
  readonly incidentId: string;
  readonly type: NoticeType;
  readonly severity: Severity;
  readonly state: NoticeState;
  /** One line. */
  readonly title: string;
  /** Sentences with the numbers. */
  readonly summary: string;
  /** Milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** Null while it lasts. */
  readonly endedMs: number | null;
  /** Each with its unit in its name. */
  readonly numbers: Readonly<Record<string, number>>;
  /** Addresses; empty for none. */
  readonly links: { readonly dashboard: string; readonly runbook: string };
  readonly components: readonly string[];
  /** 1 to 4: whose turn it is. */
  readonly level: number;
  /** The same for every incident of this fault. */
  readonly fingerprint: string;
}

/** Somebody is called by these; the others only follow up what was told before. */
export const isPage = (state: NoticeState): boolean =>
  state === 'opened' || state === 'escalated' || state === 'reopened';
