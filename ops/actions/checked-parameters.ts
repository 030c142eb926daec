/** What an action is asked for with, as its own schema has it. */
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition } from './action.ts';

/** @throws EngineError request_invalid, which names the field */
export function checkedParameters(action: ActionDefinition, given: unknown): object {
  const read = action.parameters.safeParse(given ?? {});
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = ['parameters', ...issue!.path].join('.');
  throw new EngineError('request_invalid', `${field} of ${action.id}: ${issue!.message}`, { field, value: given });
}
