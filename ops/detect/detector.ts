/** What every detector is: a function from what it knew and what it sees to what it knows and what it says. */
import type { IncidentType, Severity } from '../incident-type.ts';
import type { Observation } from '../observation.ts';

export interface Finding {
  /** Null while it does not fire. */
  readonly severity: Severity | null;
  /** How near it is to firing: 0 calm, 1 at the threshold, at least 1 while it fires. */
  readonly level: number;
  /** Asked only when somebody reads it: a sentence costs more than the step. */
  readonly tell: () => Account;
}

export interface Account {
  /** One sentence with the numbers. */
  readonly why: string;
  /** The numbers behind it, each with its unit in its name. */
  readonly numbers: Readonly<Record<string, number>>;
}

export interface Step<State> {
  readonly state: State;
  readonly finding: Finding;
}

export interface Detector<Settings, State> {
  /** The incident that it belongs to. */
  readonly incident: IncidentType;
  readonly initial: State;
  /** Pure: neither argument is changed, and equal arguments give equal results. */
  readonly step: (state: State, observation: Observation, settings: Settings) => Step<State>;
}

/**
 * A step counts as one second at most. After a stop of the process all that waited comes in one step, and the silence before it
 * was nobody's: neither may count as many bad seconds.
 */
export const secondsOf = ({ elapsedS }: Observation): number => Math.min(1, elapsedS);

/** @param share of its threshold, 1 at the threshold */
export const levelOf = (share: number, firing: boolean): number =>
  firing ? Math.max(1, share) : Math.min(1, Math.max(0, share));

/** For sentences, rounded without the cost of formatting: two decimals below ten, one above. */
export const rounded = (value: number): number =>
  Math.abs(value) < 10 ? Math.round(value * 100) / 100 : Math.round(value * 10) / 10;

/** A share as per cent. */
export const percent = (share: number): string => `${rounded(share * 100)} %`;
