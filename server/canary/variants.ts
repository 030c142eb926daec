/** Under which names do workers know the arms? A name says what it changes, so that two arms of one name are alike in every process, for good. */
import { createHash } from 'node:crypto';
import { keysChanged, type Variant } from '../../engine/variant.ts';
import { type ArmName, CANARY, CONTROL } from './assignment/index.ts';
import type { Change } from './definition.ts';
import type { CanaryState, Experiment } from './state.ts';

const DIGEST_CHARS = 8;

/** Null where the arm is as configured. */
export function variantOf({ name, definition }: Pick<Experiment, 'name' | 'definition'>, arm: ArmName): Variant | null {
  const { rerank, retrieval, reranker, generation }: Change = definition[arm];
  const unnamed: Variant = { name: '', rerank, retrieval, reranker, generation };
  if (keysChanged(unnamed).length === 0) return null;
  const digest = createHash('sha256')
    .update(JSON.stringify([rerank, retrieval, reranker, generation]))
    .digest('hex')
    .slice(0, DIGEST_CHARS);
  return { ...unnamed, name: `${name}:${arm}:${digest}` };
}

/** Arms that somebody may be given while it is as it is. */
export function armsInUse({ phase }: Pick<Experiment, 'phase'>): readonly ArmName[] {
  switch (phase) {
    case 'promoted':
      return [CANARY];
    case 'pending':
    case 'rolled_back':
      return [CONTROL];
    case 'running':
    case 'paused':
    case 'inconclusive':
      return [CONTROL, CANARY];
  }
}

/** All that workers must be able to answer with: the control of each too, since a stop must not wait for anything. */
export const variantsFor = ({ stop, experiments }: Pick<CanaryState, 'stop' | 'experiments'>): Variant[] =>
  experiments.flatMap((one) =>
    ([CONTROL, CANARY] as const)
      .filter((arm) => arm === CONTROL || (stop === null && armsInUse(one).includes(arm)))
      .map((arm) => variantOf(one, arm))
      .filter((variant) => variant !== null),
  );

export const keysInUse = (one: Experiment): string[] =>
  armsInUse(one).flatMap((arm) => {
    const variant = variantOf(one, arm);
    return variant === null ? [] : keysChanged(variant);
  });
