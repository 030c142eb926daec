/** Models, and the process itself, made to fail on purpose, over HTTP: served only where the configuration allows it. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { faultsSchema } from '../../engine/faults.ts';
import { adminRoute, Refused } from '../admin/index.ts';
import type { Route } from '../http.ts';
import { type ProcessFaults, processFaultsSchema } from '../process-faults.ts';
import type { ArmsControl } from './contract.ts';

export const faultsInput = z.strictObject({
  faults: faultsSchema.default([]).describe('Of models and queries'),
  process: processFaultsSchema.prefault({}).describe('Of the process'),
});

export const faultsRoute = (
  arms: ArmsControl,
  process: ProcessFaults,
  { bodyDepthMax }: { bodyDepthMax: number },
): Route =>
  adminRoute({
    method: 'POST',
    path: '/admin/faults',
    input: faultsInput,
    bodyDepthMax,
    act: async ({ faults, process: own }) => {
      try {
        await arms.setFaults(faults);
        await process.set(own);
        return { success: true, faults, process: own };
      } catch (error) {
        if (error instanceof EngineError) return new Refused(error.code, error.message);
        throw error;
      }
    },
  });
