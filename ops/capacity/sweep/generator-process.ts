/** The generator's process: takes one step at a time from its parent, reports, and ends with it. */
import { runStep, type StepPlan } from './run-step.ts';

process.on('message', (plan: StepPlan) => {
  runStep(plan).then(
    (step) => process.send!({ step }),
    (error: unknown) => process.send!({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
