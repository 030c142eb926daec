/** Is it found by now? */
import type { Wait } from './asked.ts';
import type { LivingDocuments } from './living.ts';

/** Whether every worker searches with a change before the time is over. One that cannot be waited for is durable all the same. */
export function visibleWithin(
  documents: Pick<LivingDocuments, 'visible'>,
  version: number,
  { step, ms }: Wait,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settle = (seen: boolean): void => {
      clearTimeout(timer);
      resolve(seen);
    };
    documents.visible(version, step).then(
      () => settle(true),
      () => settle(false),
    );
  });
}
