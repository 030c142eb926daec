/** What of the service does an incident of this type concern, where nobody says otherwise? */
import type { IncidentType } from '../incident-type.ts';

export const COMPONENTS: Readonly<Record<IncidentType, readonly string[]>> = {
  high_latency: ['search', 'workers'],
  high_error_rate: ['search', 'api'],
  model_failure: ['reranker', 'embedder'],
  index_corruption: ['index'],
  memory_exhaustion: ['memory', 'main thread'],
  cache_failure: ['cache'],
  rate_limit_attack: ['rate limits', 'network'],
  canary_failure: ['canary'],
};

/** Of what is not told apart further. */
export const WHOLE_SERVICE = 'service';

const SCOPE_CHARS_MAX = 200;

/** The same for the same components in any order. */
export const scopeOf = (components: readonly string[]): string =>
  components.length === 0 ? WHOLE_SERVICE : [...new Set(components)].sort().join(',').slice(0, SCOPE_CHARS_MAX);
