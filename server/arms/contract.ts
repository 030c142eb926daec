/** Which variants can queries be answered with, and who hears when one cannot any more? */
import type { EngineError } from '../../engine/errors.ts';
import type { Fault } from '../../engine/faults.ts';
import type { Variant } from '../../engine/variant.ts';

export interface ArmsControl {
  /** Those that queries may name now; stopped ones included. */
  readonly variants: readonly Variant[];
  /**
   * Every worker, also one that is born later, answers with exactly these from now on, or nothing has changed. A call waits for the
   * one before. What was stopped since the call began stays so; otherwise all that are named run.
   *
   * @throws EngineError variant_invalid | model_missing | model_damaged | model_failed | index_missing | index_damaged | index_unfit,
   * which names the variant, the field, its value and what to do
   */
  setVariants(variants: readonly Variant[]): Promise<void>;
  /**
   * At once, for every worker. What workers are on then is asked again, as it may be asked now, whatever it named: what is configured may have
   * been stopped, too, and that has no name. Unknown names are passed over.
   */
  stopVariants(names: readonly string[]): void;
  /** Exactly these from now on, in every worker and in processes of models. @throws EngineError forbidden where `server.faults` is off */
  setFaults(faults: readonly Fault[]): Promise<void>;
  /**
   * Told once when a variant was stopped because it cannot be had any more, such as when the index that serves has changes that its
   * generation lacks. It stays among `variants` until others are set.
   */
  onArmLost(told: (name: string, reason: EngineError) => void): void;
}
