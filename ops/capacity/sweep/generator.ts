/** Load from a process of its own, so that neither the measuring nor the fitting steals time from it. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SweepStep } from './record.ts';
import type { StepPlan } from './run-step.ts';

export interface Generator {
  run(plan: StepPlan): Promise<SweepStep>;
  close(): void;
}

export function openGenerator(): Generator {
  const child = fork(fileURLToPath(new URL('./generator-process.js', import.meta.url)));
  return {
    run: (plan) =>
      new Promise((resolve, reject) => {
        const lost = (code: number | null): void => reject(new Error(`The generator ended with ${code}`));
        child.once('exit', lost);
        child.once('message', (message: { step: SweepStep } | { failure: string }) => {
          child.off('exit', lost);
          if ('step' in message) resolve(message.step);
          else reject(new Error(message.failure));
        });
        child.send(plan);
      }),
    close: () => {
      child.disconnect();
    },
  };
}
