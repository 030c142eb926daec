/** An action with parameters of its own, as one among others: the runner hands it only what its own schema has taken. */
import type { ActionDefinition } from '../../ops/actions/index.ts';

export const action = <Parameters extends object>(definition: ActionDefinition<Parameters>): ActionDefinition =>
  definition as unknown as ActionDefinition;
