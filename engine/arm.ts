/** How a query is answered that names variants, beside the parts that answer it. */
import type { Fault } from './faults.ts';

export interface Arm {
  /** Names of the variants that are in it. */
  readonly applied: readonly string[];
  /** Not reranked, though asked for. */
  readonly withoutRerank: boolean;
  /** Whether something was stopped since the query left for its worker: it is then to be asked again. */
  readonly stopped: () => boolean;
  /** The fault that a model, or the query itself, is to show now; asked once for each time that it may. */
  readonly faultOf: (target: Fault['target']) => Fault | null;
}

export const AS_CONFIGURED: Arm = {
  applied: [],
  withoutRerank: false,
  stopped: () => false,
  faultOf: () => null,
};
