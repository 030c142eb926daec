/** What changed shortly before, and which of it may have caused this? */
import { z } from 'zod';
import type { IncidentType } from '../incident-type.ts';

export const CHANGE_KINDS = ['config', 'canary', 'index_swap', 'index_merge', 'restart', 'model', 'operator'] as const;
type ChangeKind = (typeof CHANGE_KINDS)[number];

const SUMMARY_CHARS_MAX = 1000;
const BY_CHARS_MAX = 200;

export const changeSchema = z.object({
  kind: z.enum(CHANGE_KINDS),
  timeMs: z.number(),
  /** What was changed, from what to what. */
  summary: z.string().max(SUMMARY_CHARS_MAX),
  by: z.string().max(BY_CHARS_MAX),
});
export type Change = Readonly<z.infer<typeof changeSchema>>;

/** So far back is looked. */
export const SUSPECT_SPAN_MS = 3_600_000;
const SUSPECTS_MAX = 5;
/** A change is half as suspect for each of these that lie between it and the incident. */
const HALF_LIFE_MS = 10 * 60_000;
/** The judge's clock labels seconds, and a change may be stamped within one. */
const TOLERANCE_MS = 2000;

/** How likely a change of that kind brings such an incident, 0 to 1; what is not named may have, but rarely does. */
const RELATED: Readonly<Record<ChangeKind, Readonly<Partial<Record<IncidentType, number>>>>> = {
  config: {
    high_latency: 0.8,
    high_error_rate: 0.8,
    cache_failure: 0.8,
    rate_limit_attack: 0.7,
    memory_exhaustion: 0.6,
  },
  canary: { canary_failure: 1, high_latency: 0.8, high_error_rate: 0.8, model_failure: 0.7 },
  index_swap: {
    index_corruption: 1,
    high_latency: 0.7,
    high_error_rate: 0.7,
    cache_failure: 0.9,
    memory_exhaustion: 0.6,
  },
  index_merge: { index_corruption: 0.9, high_latency: 0.6, memory_exhaustion: 0.6, cache_failure: 0.7 },
  restart: { cache_failure: 0.9, high_latency: 0.7, high_error_rate: 0.7, model_failure: 0.7, memory_exhaustion: 0.4 },
  model: { model_failure: 1, high_latency: 0.8, canary_failure: 0.8, memory_exhaustion: 0.6, high_error_rate: 0.6 },
  operator: { high_latency: 0.5, high_error_rate: 0.5, cache_failure: 0.7, rate_limit_attack: 0.6 },
};
const UNRELATED = 0.2;

/** Most suspect first; each with how suspect, 0 to 1, and why. */
export function suspectsOf(
  type: IncidentType,
  openedMs: number,
  changes: readonly Change[],
): (Change & { readonly score: number; readonly reason: string })[] {
  return changes
    .filter(({ timeMs }) => timeMs <= openedMs + TOLERANCE_MS && timeMs >= openedMs - SUSPECT_SPAN_MS)
    .map((change) => {
      const agoMs = Math.max(0, openedMs - change.timeMs);
      const weight = RELATED[change.kind][type] ?? UNRELATED;
      const score = Math.round(weight * 2 ** (-agoMs / HALF_LIFE_MS) * 1000) / 1000;
      const { kind, timeMs, summary, by } = change;
      const told = { kind, timeMs, summary: summary.slice(0, SUMMARY_CHARS_MAX), by: by.slice(0, BY_CHARS_MAX) };
      return { ...told, score, reason: reasonOf(weight, agoMs) };
    })
    .sort((one, other) => other.score - one.score || other.timeMs - one.timeMs)
    .slice(0, SUSPECTS_MAX);
}

function reasonOf(weight: number, agoMs: number): string {
  const seconds = Math.round(agoMs / 1000);
  const ago = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
  const kind = weight >= 0.8 ? 'often brings this' : weight > UNRELATED ? 'can bring this' : 'seldom brings this';
  return `${ago} before; a change of this kind ${kind}`;
}
