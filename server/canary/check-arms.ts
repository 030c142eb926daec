/** Could workers answer with the arms at all, as far as that can be told without opening anything? */
import { EngineError } from '../../engine/errors.ts';
import { parseVariants } from '../../engine/variant.ts';
import { MoveRefused } from './moves.ts';
import type { CanaryState } from './state.ts';
import { variantsFor } from './variants.ts';

/** Null where nothing is wrong with them. */
export function faultOfArms(state: CanaryState): MoveRefused | null {
  try {
    parseVariants(variantsFor(state));
    return null;
  } catch (error) {
    if (error instanceof EngineError) return new MoveRefused(error.code, error.message);
    throw error;
  }
}
