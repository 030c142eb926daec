/** What will happen and when, written down before a detector sees anything. */
import { DECOYS, type DecoyName } from './decoys.ts';
import { FAULTS, type FaultName } from './faults.ts';
import { Random } from './random.ts';

export interface Planned<Name> {
  readonly name: Name;
  /** The first second that it bends. */
  readonly startS: number;
  /** The first second that is as before. */
  readonly endS: number;
  readonly strength: number;
}

export interface Plan {
  readonly lengthS: number;
  /** Apart from each other, by start. */
  readonly faults: readonly Planned<FaultName>[];
  /** By start; they overlap each other and faults, but nights without traffic overlap no fault. */
  readonly decoys: readonly Planned<DecoyName>[];
}

const DAY_S = 86_400;
/** Detectors learn what is usual; a fault in the first hours would ask of them what they cannot know. */
const QUIET_S = 2 * 3600;
/** Between faults, seconds: enough for every sum to come back to zero. */
const PAUSE_S = [3600, 3 * 3600] as const;

export function planOf(days: number, seed: number): Plan {
  const random = new Random(seed);
  const lengthS = days * DAY_S;
  const decoys = (Object.keys(DECOYS) as DecoyName[]).flatMap((name) => decoysOf(name, lengthS, random));
  decoys.sort((a, b) => a.startS - b.startS);
  const nights = decoys.filter(({ name }) => name === 'night without traffic');
  return { lengthS, faults: faultsBetween(nights, lengthS, random), decoys };
}

function decoysOf(name: DecoyName, lengthS: number, random: Random): Planned<DecoyName>[] {
  const { perDay, lengthS: draw } = DECOYS[name];
  const planned: Planned<DecoyName>[] = [];
  for (let at = 0; ; ) {
    at += Math.ceil((DAY_S / perDay) * random.exponential());
    const endS = at + draw(random);
    if (endS >= lengthS) return planned;
    planned.push({ name, startS: at, endS, strength: random.uniform() });
    at = endS;
  }
}

function faultsBetween(nights: readonly Planned<DecoyName>[], lengthS: number, random: Random): Planned<FaultName>[] {
  const names = Object.keys(FAULTS) as FaultName[];
  const planned: Planned<FaultName>[] = [];
  const deck: FaultName[] = [];
  for (let at = QUIET_S; ; ) {
    at += random.whole(...PAUSE_S);
    // Every fault comes once before any comes again, in an order of its own.
    if (deck.length === 0) for (const name of names) deck.splice(random.whole(0, deck.length), 0, name);
    const name = deck[deck.length - 1]!;
    const endS = at + FAULTS[name].lengthS;
    if (endS + PAUSE_S[0] >= lengthS) return planned;
    const night = nights.find(({ startS, endS: dawnS }) => startS < endS + PAUSE_S[0] && dawnS + PAUSE_S[0] > at);
    if (night === undefined) {
      planned.push({ name, startS: at, endS, strength: random.uniform() });
      deck.pop();
    }
    at = night === undefined ? endS : night.endS;
  }
}

/** The events that are under way, as the seconds go by. */
export class Under<Name> {
  readonly #planned: readonly Planned<Name>[];
  #next = 0;
  #now: Planned<Name>[] = [];

  constructor(planned: readonly Planned<Name>[]) {
    this.#planned = planned;
  }

  at(second: number): readonly Planned<Name>[] {
    const begins = this.#planned[this.#next]?.startS === second;
    if (begins || this.#now.some(({ endS }) => endS <= second)) {
      this.#now = this.#now.filter(({ endS }) => endS > second);
      for (; this.#planned[this.#next]?.startS === second; this.#next++) this.#now.push(this.#planned[this.#next]!);
    }
    return this.#now;
  }
}
