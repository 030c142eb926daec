/** What the runbook has done about each incident, in its order, and what of it a machine may do by itself. */
import type { IncidentType, Severity } from '../incident-type.ts';

export interface Step {
  readonly actionId: string;
  /** Severities at which the machine does it unless it is told not to; none: only a person does. */
  readonly automatic: readonly Severity[];
}

const person = (actionId: string): Step => ({ actionId, automatic: [] });
const anyone = (actionId: string): Step => ({ actionId, automatic: ['critical', 'high', 'medium'] });

/**
 * An experiment that fails was rolled back when its incident begins: to stop everything else, and reranking with it, is for worse.
 * Of high latency the cache is not cleared by a machine: it is what still answers fast. Rebuilding and restoring an index, and the
 * limits of everyone, are a person's to decide.
 */
export const PROCEDURES: Readonly<Record<IncidentType, readonly Step[]>> = {
  high_latency: [anyone('disable_rerank'), person('clear_cache'), person('restart_workers')],
  high_error_rate: [
    { actionId: 'emergency_stop', automatic: ['critical'] },
    anyone('show_errors'),
    { actionId: 'restart_workers', automatic: ['critical'] },
  ],
  model_failure: [anyone('disable_rerank'), anyone('check_models'), anyone('reload_models')],
  index_corruption: [anyone('verify_index'), person('rebuild_index'), person('restore_backup')],
  memory_exhaustion: [
    anyone('show_memory'),
    anyone('clear_cache'),
    { actionId: 'restart_workers', automatic: ['critical', 'high'] },
  ],
  cache_failure: [anyone('disable_cache'), person('clear_cache'), anyone('check_cache')],
  rate_limit_attack: [anyone('show_rate_limits'), person('adjust_rate_limits'), anyone('block_addresses')],
  canary_failure: [
    { actionId: 'emergency_stop', automatic: ['critical'] },
    person('disable_canary'),
    anyone('show_canary'),
  ],
};
