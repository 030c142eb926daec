/** What of the process itself is to fail on purpose, beside its models? Nothing of this happens unless the process was started for it. */
import { setImmediate as turn } from 'node:timers/promises';
import { z } from 'zod';

const MEBIBYTE = 2 ** 20;
const BALLAST_MIB_MAX = 16_384;
/** Filled at once; other work comes between. */
const PART_MIB = 16;

export const processFaultsSchema = z.strictObject({
  ballastMiB: z.int().min(0).max(BALLAST_MIB_MAX).default(0).describe('Memory that is held for nothing'),
  cache: z.enum(['throw', 'none']).default('none').describe('Whether the cache of answers fails each time'),
});

export class ProcessFaults {
  #ballast: Buffer[] = [];
  #cacheThrows = false;

  get cacheThrows(): boolean {
    return this.#cacheThrows;
  }

  /** Exactly these from now on; resolves when the memory is held. */
  async set({ ballastMiB, cache }: z.infer<typeof processFaultsSchema>): Promise<void> {
    this.#cacheThrows = cache === 'throw';
    const ballast: Buffer[] = [];
    this.#ballast = ballast;
    for (let held = 0; held < ballastMiB && this.#ballast === ballast; held += PART_MIB) {
      // What is not written to is not resident.
      ballast.push(Buffer.alloc(Math.min(PART_MIB, ballastMiB - held) * MEBIBYTE, 1));
      await turn();
    }
  }
}
