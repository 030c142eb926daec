/**
 * Does this come from who has the secret, and just now? HMAC-SHA256 (RFC 2104) over the time and the body as it came, as
 * `t=SECONDS,v1=HEX`: the scheme of Stripe's webhooks. Several v1 may stand there while a secret is changed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignatureTerms {
  readonly secret: string;
  /** Seconds that its time may be away from ours, in either direction. */
  readonly toleranceS: number;
}

const TIME = /^\d{1,12}$/;
const DIGEST = /^[0-9a-f]{64}$/;
/** More than a change of secrets needs is somebody's attempt to be lucky. */
const DIGESTS_MAX = 5;

/** Null where it is good; else what is wrong with it. */
export function signatureFault(
  header: string | undefined,
  body: Uint8Array,
  { secret, toleranceS }: SignatureTerms,
  wallMs: number,
): string | null {
  const parts = (header ?? '').split(',').map((part) => part.trim());
  const time = parts.find((part) => part.startsWith('t='))?.slice(2) ?? '';
  const digests = parts.filter((part) => part.startsWith('v1=')).map((part) => part.slice(3));
  if (
    !TIME.test(time) ||
    digests.length === 0 ||
    digests.length > DIGESTS_MAX ||
    !digests.every((one) => DIGEST.test(one))
  )
    return 'Sign what is sent: X-WP-Chat-Signature: t=SECONDS,v1=HEX';
  const expected = createHmac('sha256', secret).update(`${time}.`).update(body).digest();
  // All of them are compared, in the same time whatever they hold.
  const good = digests.map((one) => timingSafeEqual(Buffer.from(one, 'hex'), expected)).includes(true);
  if (!good) return 'The signature is not that of this body under the secret of this server';
  const awayS = Math.abs(wallMs / 1000 - Number(time));
  return awayS > toleranceS
    ? `The signature is ${Math.round(awayS)} s away from the clock: at most ${toleranceS} s`
    : null;
}
