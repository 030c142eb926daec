import { randomBytes, randomFillSync } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;
const ID_BYTES = 12;
const POOL_BYTES = 341 * ID_BYTES;
/** Chance is had in bulk: a call for each id would cost more than all else that is done for an answer from memory. */
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** The caller's own id where it is short and plain, else a new one, which nobody can guess: who has it may tell of clicks on its answer. */
export function requestIdOf(given: string | undefined): string {
  if (given !== undefined && given !== '' && ACCEPTED.test(given)) return given;
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += ID_BYTES;
  return pool.toString('base64url', used - ID_BYTES, used);
}

const prefix = randomBytes(5).toString('hex');
let serial = 0;

/** As {@link requestIdOf}, for answers whose clicks nobody counts: unique, but easy to guess from another, and had for a third of the price. */
export function numberedIdOf(given: string): string {
  if (given !== '' && ACCEPTED.test(given)) return given;
  serial += 1;
  return `${prefix}-${serial.toString(36)}`;
}
