/** The address at which things are made to fail, as the API description has it: only where a process was started for that. */
import { z } from 'zod';
import { faultsInput } from './arms/index.ts';
import { act } from './openapi-action.ts';
import type { Operation } from './openapi-schema.ts';

const answer = z.strictObject({ success: z.boolean(), ...faultsInput.shape });

export const faultsOperation = (): Operation =>
  act('/admin/faults', 'Exactly these faults from now on; none withdraws all', faultsInput, answer);
