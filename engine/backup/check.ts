/** What is known of a backup's soundness: the last verification and the last drill. A hint, written anew by the next one. */
import { z } from 'zod';

const FAULTS_MAX = 1000;

const checkSchema = z.strictObject({
  verifiedAt: z.iso.datetime(),
  sound: z.boolean(),
  /** What was found first, in words; null where it is sound. */
  detail: z.string().nullable(),
  /** Objects that are missing or not what was written: the next backup writes them again where it has them. */
  faults: z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(FAULTS_MAX),
  /** The last time that it was restored and asked; null where it never was. */
  drill: z.strictObject({ at: z.iso.datetime(), passed: z.boolean(), detail: z.string().nullable() }).nullable(),
});

export type Check = z.infer<typeof checkSchema>;

export const encodeCheck = (check: Check): Uint8Array =>
  new TextEncoder().encode(`${JSON.stringify({ ...check, faults: check.faults.slice(0, FAULTS_MAX) })}\n`);

/** Null where it is none: then the backup counts as never verified. */
export function decodeCheck(bytes: Uint8Array): Check | null {
  try {
    return checkSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}
