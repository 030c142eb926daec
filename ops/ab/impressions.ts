/**
 * What was shown of late, so that clicks on it can be credited: for half an hour or so, and for so many answers at most. When its time is
 * over, or room is needed, an impression is settled: what was clicked by then is what counts.
 */
import type { ArmTaken, Interleaved } from './line.ts';

export interface Impression {
  readonly requestId: string;
  /** Ids of the results on the page. */
  readonly shown: readonly string[];
  /** Results before it. */
  readonly offset: number;
  readonly arms: readonly ArmTaken[];
  readonly interleaved: Interleaved | null;
  /** The same where the same somebody asks the same; '' for nobody who can be known again. */
  readonly subject: string;
  readonly atMs: number;
}

export interface Settled extends Impression {
  /** Places on the page, from 0. */
  readonly clicked: ReadonlySet<number>;
}

/** One of the two, or both. */
export interface Clicked {
  readonly id?: string | undefined;
  /** From 1, over all pages: the rank of the result. */
  readonly position?: number | undefined;
}

export type ClickVerdict =
  | { readonly kind: 'counted' | 'again'; readonly id: string; readonly position: number }
  /** Never shown, or too long ago. */
  | { readonly kind: 'unknown' }
  /** Not what was shown there. */
  | { readonly kind: 'not_shown' };

export interface ImpressionSettings {
  /** For how long clicks count. */
  readonly windowMs: number;
  readonly entriesMax: number;
}

const NONE: ReadonlySet<number> = new Set();

interface Open {
  readonly impression: Impression;
  clicked: Set<number> | null;
}

export class Impressions {
  readonly #settings: ImpressionSettings;
  readonly #settled: (settled: Settled) => void;
  readonly #open = new Map<string, Open>();
  /** The same, oldest first, from `#first` on: a Map walks over what was taken from its front, each time. */
  #line: Open[] = [];
  #first = 0;
  #early = 0;

  constructor(settings: ImpressionSettings, settled: (settled: Settled) => void) {
    this.#settings = settings;
    this.#settled = settled;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Settled before their time, for want of room. */
  get early(): number {
    return this.#early;
  }

  /** @returns whether it was taken: an id that a caller chose, and that is taken already, stays with the first */
  add(impression: Impression): boolean {
    this.advance(impression.atMs);
    if (this.#open.has(impression.requestId)) return false;
    if (this.#open.size >= this.#settings.entriesMax) {
      this.#early += 1;
      this.#settleFirst();
    }
    const open = { impression, clicked: null };
    this.#open.set(impression.requestId, open);
    this.#line.push(open);
    return true;
  }

  /** Whether that id is taken. */
  has(requestId: string, nowMs: number): boolean {
    this.advance(nowMs);
    return this.#open.has(requestId);
  }

  click(requestId: string, { id, position }: Clicked, nowMs: number): ClickVerdict {
    this.advance(nowMs);
    const open = this.#open.get(requestId);
    if (open === undefined) return { kind: 'unknown' };
    const { shown, offset } = open.impression;
    const at = position === undefined ? shown.indexOf(id ?? '') : position - 1 - offset;
    const found = shown[at];
    if (found === undefined || (id !== undefined && id !== found)) return { kind: 'not_shown' };
    open.clicked ??= new Set();
    const kind = open.clicked.has(at) ? 'again' : 'counted';
    open.clicked.add(at);
    return { kind, id: found, position: offset + at + 1 };
  }

  /** Settles what is over. */
  advance(nowMs: number): void {
    const { windowMs } = this.#settings;
    for (let next = this.#line[this.#first]; next !== undefined; next = this.#line[this.#first]) {
      if (nowMs - next.impression.atMs < windowMs) return;
      this.#settleFirst();
    }
  }

  /** When the oldest was shown that is not settled yet; null where all are. */
  get oldestMs(): number | null {
    return this.#line[this.#first]?.impression.atMs ?? null;
  }

  /** Those that are not settled yet, as they stand. */
  *pending(): Generator<Settled> {
    for (const { impression, clicked } of this.#open.values()) yield { ...impression, clicked: clicked ?? NONE };
  }

  #settleFirst(): void {
    const first = this.#line[this.#first];
    if (first === undefined) return;
    this.#first += 1;
    if (this.#first > this.#line.length / 2) {
      this.#line = this.#line.slice(this.#first);
      this.#first = 0;
    }
    this.#open.delete(first.impression.requestId);
    this.#settled({ ...first.impression, clicked: first.clicked ?? NONE });
  }
}
