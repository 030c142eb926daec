/** Who was right? Holds what fired against the plan. */

import type { Watched } from '../../ops/detect/index.ts';
import type { IncidentType } from '../../ops/incident-type.ts';
import { FAULTS, type FaultKind, type FaultName } from './faults.ts';
import type { Plan, Planned } from './plan.ts';

/** What began to fire this long after a fault's end still belongs to it. */
const SETTLE_S = 300;
/** What began to fire this long after a decoy's end is put down to it, in the list of false alarms. */
const DECOY_S = 360;

export interface FaultTally {
  count: number;
  /** Something that it expects fired before it ended. */
  found: number;
  /** It fired already when the fault began: no time can be told. */
  already: number;
  /** From its first second to the end of the step that fired. */
  readonly detectionS: number[];
  /** From its end until all that it expects was silent. */
  readonly resetS: number[];
  /** Further beginnings of a detector that had fired for it. */
  duplicates: number;
}

export interface Tally {
  readonly faults: Map<FaultName, FaultTally>;
  /** By detector, then by what went on. */
  readonly falseAlarms: Map<string, Map<string, number>>;
  /** Faults by incident, and in how many of them something of each incident fired. */
  readonly confusion: Map<IncidentType, { faults: number; fired: Map<IncidentType, number> }>;
  /** Outside of faults and what settles after them. */
  calmS: number;
}

export const emptyTally = (): Tally => ({ faults: new Map(), falseAlarms: new Map(), confusion: new Map(), calmS: 0 });

interface Open {
  readonly fault: Planned<FaultName>;
  readonly kind: FaultKind;
  readonly already: boolean;
  /** How often each player began to fire. */
  readonly begun: Map<number, number>;
  foundS: number | null;
}

export class Referee {
  readonly tally = emptyTally();
  readonly #plan: Plan;
  readonly #players: readonly Watched[];
  readonly #firing: boolean[];
  #next = 0;
  #open: Open | null = null;
  /** The latest fault: whether it was found, and whether all that found it is silent again. */
  #last: { readonly fault: Planned<FaultName>; began: boolean; quiet: boolean } | null = null;
  #decoysPast = 0;

  constructor(plan: Plan, players: readonly Watched[]) {
    this.#plan = plan;
    this.#players = players;
    this.#firing = players.map(() => false);
  }

  /** @param firing which of the players fire at the end of this second, in their order */
  step(second: number, firing: readonly boolean[]): void {
    this.#openAt(second);
    if (this.#open === null) this.tally.calmS += 1;
    for (let at = 0; at < firing.length; at++) {
      if (firing[at]! && !this.#firing[at]!) this.#began(at, second);
      this.#firing[at] = firing[at]!;
    }
    if (this.#open !== null && second + 1 >= this.#open.fault.endS + SETTLE_S) this.#close(this.#open);
    this.#watchReset(second);
  }

  #openAt(second: number): void {
    const fault = this.#plan.faults[this.#next];
    if (fault?.startS !== second) return;
    this.#next += 1;
    const kind: FaultKind = FAULTS[fault.name];
    const already = this.#players.some(({ detector }, at) => kind.expects.includes(detector) && this.#firing[at]!);
    this.#last = { fault, began: false, quiet: false };
    this.#open = { fault, kind, already, begun: new Map(), foundS: null };
  }

  #began(at: number, second: number): void {
    const { detector } = this.#players[at]!;
    const open = this.#open;
    const belongs = open !== null && (open.kind.expects.includes(detector) || open.kind.tolerates.includes(detector));
    if (!belongs) {
      const during = open?.fault.name ?? this.#decoyAt(second) ?? 'nothing';
      const causes = this.tally.falseAlarms.get(detector) ?? new Map<string, number>();
      this.tally.falseAlarms.set(detector, causes.set(during, (causes.get(during) ?? 0) + 1));
      return;
    }
    open.begun.set(at, (open.begun.get(at) ?? 0) + 1);
    if (!open.kind.expects.includes(detector) || second >= open.fault.endS) return;
    open.foundS ??= second + 1 - open.fault.startS;
    this.#last!.began = true;
  }

  #close({ fault, kind, already, begun, foundS }: Open): void {
    this.#open = null;
    const tally = this.#tallyOf(fault.name);
    tally.count += 1;
    if (already) tally.already += 1;
    if (already || foundS !== null) tally.found += 1;
    if (!already && foundS !== null) tally.detectionS.push(foundS);
    for (const [at, times] of begun)
      if (kind.expects.includes(this.#players[at]!.detector)) tally.duplicates += times - 1;
    const row = this.tally.confusion.get(kind.incident) ?? { faults: 0, fired: new Map<IncidentType, number>() };
    this.tally.confusion.set(kind.incident, row);
    row.faults += 1;
    const fired = new Set([...begun.keys()].map((at) => this.#players[at]!.incident));
    for (const incident of fired) row.fired.set(incident, (row.fired.get(incident) ?? 0) + 1);
  }

  /** The last second of the latest fault in which something that it expects still fired. */
  #watchReset(second: number): void {
    const last = this.#last;
    if (last === null || second < last.fault.endS || last.quiet) return;
    const { expects }: FaultKind = FAULTS[last.fault.name];
    if (this.#players.some(({ detector }, at) => expects.includes(detector) && this.#firing[at]!)) return;
    last.quiet = true;
    if (last.began) this.#tallyOf(last.fault.name).resetS.push(second + 1 - last.fault.endS);
  }

  #tallyOf(name: FaultName): FaultTally {
    const tally = this.tally.faults.get(name) ?? newFaultTally();
    this.tally.faults.set(name, tally);
    return tally;
  }

  #decoyAt(second: number): string | null {
    const { decoys } = this.#plan;
    // No decoy but a night is longer than a quarter of an hour, and nights are found by being the last to end.
    while (this.#decoysPast < decoys.length && decoys[this.#decoysPast]!.endS + 6 * 3600 < second)
      this.#decoysPast += 1;
    let found: string | null = null;
    for (let at = this.#decoysPast; at < decoys.length && decoys[at]!.startS <= second; at++)
      if (decoys[at]!.endS + DECOY_S >= second) found = decoys[at]!.name;
    return found;
  }
}

const newFaultTally = (): FaultTally => ({
  count: 0,
  found: 0,
  already: 0,
  detectionS: [],
  resetS: [],
  duplicates: 0,
});

/** Adds what another run counted. */
export function addTally(into: Tally, from: Tally): void {
  into.calmS += from.calmS;
  for (const [name, one] of from.faults) {
    const sum = into.faults.get(name) ?? newFaultTally();
    into.faults.set(name, sum);
    sum.count += one.count;
    sum.found += one.found;
    sum.already += one.already;
    sum.duplicates += one.duplicates;
    sum.detectionS.push(...one.detectionS);
    sum.resetS.push(...one.resetS);
  }
  for (const [name, causes] of from.falseAlarms) {
    const sum = into.falseAlarms.get(name) ?? new Map<string, number>();
    into.falseAlarms.set(name, sum);
    for (const [cause, count] of causes) sum.set(cause, (sum.get(cause) ?? 0) + count);
  }
  for (const [incident, { faults, fired }] of from.confusion) {
    const sum = into.confusion.get(incident) ?? { faults: 0, fired: new Map<IncidentType, number>() };
    into.confusion.set(incident, sum);
    sum.faults += faults;
    for (const [other, count] of fired) sum.fired.set(other, (sum.fired.get(other) ?? 0) + count);
  }
}
