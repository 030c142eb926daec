/** How is it said that an index is not what was written? */
import { join } from 'node:path';
import { EngineError } from '../errors.ts';
import type { FileDamage } from './blocks.ts';

export const BUILD_REMEDY = 'Make one: wp-chat index --from SOURCE --into DIRECTORY';

/** A generation that is not to be opened, and why. */
export interface GenerationDamage extends FileDamage {
  readonly generation: string;
}

export function describeDamage({ file, block, expected, got }: FileDamage): string {
  return `${file}${block === null ? '' : `, block ${block}`}: expected ${expected}, got ${got}`;
}

/** @param folder of the generation */
export function damagedError(folder: string, damage: FileDamage): EngineError {
  const { file, block, expected, got } = damage;
  const where = block === null ? '' : ` in block ${block}`;
  return new EngineError(
    'index_damaged',
    `Cannot open index: expected ${expected}${where}, got ${got}: ${join(folder, file)}`,
    {
      file: join(folder, file),
      expected,
      value: got,
      remedy: BUILD_REMEDY,
      ...(block === null ? {} : { field: `block ${block}` }),
    },
    damage,
  );
}

/** The damage that an error of {@link damagedError} is about; null of any other error. */
export function damageOf(error: unknown): FileDamage | null {
  if (!(error instanceof EngineError && error.code === 'index_damaged')) return null;
  return (error.cause as FileDamage | undefined) ?? null;
}
