/** The actions as they are described; nothing of them is done, so there is nothing behind them. */
import type { ActionDefinition } from '../../ops/actions/index.ts';
import { actionsOver } from '../../server/actions/actions.ts';
import type { ActionsParts } from '../../server/actions/index.ts';
import { configSchema } from '../../server/config/schema.ts';

export function documentedActions(): readonly ActionDefinition[] {
  const nothing = { workers: {}, experiments: {}, care: {} };
  const parts = { config: configSchema.parse({}), ...nothing } as unknown as ActionsParts;
  return actionsOver(parts, () => null);
}
