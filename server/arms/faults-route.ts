/** Models made to fail on purpose, over HTTP: served only where the configuration allows it. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { faultsSchema } from '../../engine/faults.ts';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import type { ArmsControl } from './contract.ts';

export const faultsRoute = (arms: ArmsControl, { bodyDepthMax }: { bodyDepthMax: number }): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/faults',
    input: z.strictObject({ faults: faultsSchema }),
    bodyDepthMax,
    act: async ({ faults }) => {
      try {
        await arms.setFaults(faults);
        return { success: true, faults };
      } catch (error) {
        if (error instanceof EngineError) return new Refused(error.code, error.message);
        throw error;
      }
    },
  });
