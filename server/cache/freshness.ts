/** For how long may an answer be served? */
import type { Degradation } from '../../engine/types.ts';

export interface FreshnessSettings {
  /** Served as it is. */
  readonly freshMs: number;
  /** After that, served while a new one is asked for. */
  readonly staleMs: number;
  /** After `freshMs`, served where a new one cannot be had. */
  readonly staleOnErrorMs: number;
  /** An answer that lacks something for a reason that may pass: served as it is; never after that. 0 keeps none. */
  readonly degradedMs: number;
}

/** The same for as long as the index, the models and the variants are: as good as whole. */
const LASTING: ReadonlySet<Degradation> = new Set(['dense_language', 'rerank_language', 'rerank_off']);
/** Say how little time one caller had, which is nothing to the next. */
const PERSONAL: ReadonlySet<Degradation> = new Set(['rerank_deadline', 'rerank_partial']);

/** `whole`: all that will ever be had. `brief`: something may be back soon. `never`: another caller would get more. */
export type Keeping = 'whole' | 'brief' | 'never';

export function keepingOf(degraded: readonly Degradation[], { degradedMs }: FreshnessSettings): Keeping {
  if (degraded.some((reason) => PERSONAL.has(reason))) return 'never';
  if (degraded.every((reason) => LASTING.has(reason))) return 'whole';
  return degradedMs > 0 ? 'brief' : 'never';
}

/** `aged`: only where nothing better can be had. */
export type Age = 'fresh' | 'stale' | 'aged' | 'over';

export function ageOf(ageMs: number, keeping: Keeping, settings: FreshnessSettings): Age {
  const { freshMs, staleMs, staleOnErrorMs, degradedMs } = settings;
  if (keeping !== 'whole') return ageMs < degradedMs ? 'fresh' : 'over';
  if (ageMs < freshMs) return 'fresh';
  if (ageMs < freshMs + staleMs) return 'stale';
  return ageMs < freshMs + staleOnErrorMs ? 'aged' : 'over';
}
