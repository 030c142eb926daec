/** Is it found by now? */
import type { LivingDocuments } from './living.ts';

/** Whether every worker searches with a change before the time is over. One that cannot be waited for is durable all the same. */
export function visibleWithin(
  documents: Pick<LivingDocuments, 'visible'>,
  version: number,
  waitMs: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), waitMs);
    const settle = (seen: boolean): void => {
      clearTimeout(timer);
      resolve(seen);
    };
    documents.visible(version).then(
      () => settle(true),
      () => settle(false),
    );
  });
}
