import { randomBytes } from 'node:crypto';

const ACCEPTED = /^[A-Za-z0-9._-]{1,64}$/;
const prefix = randomBytes(5).toString('hex');
let serial = 0;

/** The caller's own id where it is short and plain, else a new one: unique in this process, likely everywhere. */
export function requestIdOf(given: string | undefined): string {
  if (given !== undefined && given !== '' && ACCEPTED.test(given)) return given;
  serial += 1;
  return `${prefix}-${serial.toString(36)}`;
}
