/**
 * Where does somebody stand between 0 and 100 %? Always at the same place in the same group, so that a share which grows keeps all whom
 * it had. At whole percents the same as in Unleash's clients: there somebody is in when 1 + hash mod 100 is at most the share; what is
 * left of the hash divides each of the hundred into a hundred.
 */
import { murmur3 } from './murmur3.ts';

const PER_CENT = 100;
/** Another one than for shares, so that arms divide each share alike. As Unleash has it. */
const ARM_SEED = 86_028_157;

/** In hundredths of a percent, 0 … 9999. */
export function placeOf(group: string, id: string): number {
  const hash = murmur3(`${group}:${id}`);
  return (hash % PER_CENT) * PER_CENT + (Math.floor(hash / PER_CENT) % PER_CENT);
}

/** @param percentage 0 … 100, in steps of 0.01 */
export const isWithin = (place: number, percentage: number): boolean => place < Math.round(percentage * PER_CENT);

export interface Weighted {
  readonly name: string;
  /** A whole number; 0 for one that nobody gets. */
  readonly weight: number;
}

/** Which of several arms, each with the share of its weight; null where none has any. */
export function armFor<Arm extends Weighted>(arms: readonly Arm[], group: string, id: string): Arm | null {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return null;
  let left = (murmur3(`${group}:${id}`, ARM_SEED) % total) + 1;
  for (const arm of arms) {
    if (arm.weight === 0) continue;
    left -= arm.weight;
    if (left <= 0) return arm;
  }
  return null;
}
