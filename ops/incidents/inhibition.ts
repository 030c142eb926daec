/**
 * Which incident explains which others? One fault shows in several detectors; it is one incident, with the others as its symptoms.
 *
 * Types stand in the order of how near they are to a cause, nearest first; a type can only be a symptom of one above it, so nothing
 * explains itself by a detour. What is not listed is a fault of its own, also beside another one.
 */
import type { IncidentType } from '../incident-type.ts';

interface Cause {
  readonly cause: IncidentType;
  /** Each with the reason why it comes of the cause. */
  readonly symptoms: Readonly<Partial<Record<IncidentType, string>>>;
}

const CAUSES: readonly Cause[] = [
  {
    cause: 'canary_failure',
    symptoms: {
      model_failure: "the canary's model is what fails",
      high_error_rate: 'requests of the canary are among those that fail',
      high_latency: 'answers of the canary are among those that are late',
      cache_failure: 'answers of a failing arm are not kept',
    },
  },
  {
    cause: 'index_corruption',
    symptoms: {
      high_error_rate: 'queries that meet damaged data fail',
      high_latency: 'workers that die over damaged data are replaced while queries wait',
      cache_failure: 'answers without results are not worth keeping',
    },
  },
  {
    cause: 'model_failure',
    symptoms: {
      high_error_rate: 'queries wait for the model until their deadline',
      high_latency: 'a model that hangs or fails holds its worker up',
      cache_failure: 'answers without the model are kept briefly or not at all',
    },
  },
  {
    cause: 'rate_limit_attack',
    symptoms: {
      memory_exhaustion: 'so many requests at once keep the main thread from resting',
      high_error_rate: 'what is beyond the capacity is shed',
      high_latency: 'all wait behind the flood',
      cache_failure: 'questions that nobody asked before are not in the cache',
    },
  },
  {
    cause: 'memory_exhaustion',
    symptoms: {
      high_error_rate: 'what there is no memory for fails',
      high_latency: 'collecting garbage holds everybody up',
      cache_failure: 'the cache gives way where memory is short',
    },
  },
  {
    cause: 'high_error_rate',
    symptoms: {
      high_latency: 'what fails slowly is late, too',
      cache_failure: 'failures are not kept',
    },
  },
  {
    cause: 'cache_failure',
    symptoms: { high_latency: 'what the cache had answered is computed' },
  },
  { cause: 'high_latency', symptoms: {} },
];

/** Causes before their symptoms. */
export const BY_CAUSE: readonly IncidentType[] = CAUSES.map(({ cause }) => cause);

/** Why the one brings the other; null where it does not. */
export function reasonFor(symptom: IncidentType, cause: IncidentType): string | null {
  return CAUSES[BY_CAUSE.indexOf(cause)]!.symptoms[symptom] ?? null;
}
