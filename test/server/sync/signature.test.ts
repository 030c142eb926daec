/** A webhook is believed only from who has the secret, about this body, now. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { signatureFault } from '../../../server/sync/signature.ts';

const TERMS = { secret: 'sixteen or more letters', toleranceS: 300 };
const NOW = 1_800_000_000;
const BODY = Buffer.from('{"type":"post","id":7}');

const signed = (body: Uint8Array, time: number | string = NOW, secret = TERMS.secret): string =>
  `t=${time},v1=${createHmac('sha256', secret).update(`${time}.`).update(body).digest('hex')}`;
const fault = (header: string | undefined, body: Uint8Array = BODY): string | null =>
  signatureFault(header, body, TERMS, NOW * 1000);

describe('a signature', () => {
  it('of this body and time under the secret is good, beside others while secrets are changed', () => {
    expect(fault(signed(BODY))).toBeNull();
    expect(fault(` ${signed(BODY).replace(',', ' , ')}`)).toBeNull();
    expect(fault(`${signed(BODY, NOW, 'the other secret')},${signed(BODY).split(',')[1]}`)).toBeNull();
    expect(fault(`v0=old,${signed(BODY)}`)).toBeNull();
  });

  it('is good as long as its time is near, in either direction', () => {
    for (const away of [-300, 300]) expect(fault(signed(BODY, NOW + away))).toBeNull();
    for (const away of [-301, 301]) expect(fault(signed(BODY, NOW + away))).toMatch(/^The signature is 301 s away/);
  });

  it.each([
    ['nothing', undefined],
    ['no time', signed(BODY).replace(/^t=\d+,/, '')],
    ['no digest', `t=${NOW}`],
    ['a time that is none', signed(BODY, 'now')],
    ['a digest that is none', `t=${NOW},v1=zz`],
    ['a digest in capitals', signed(BODY).replace(/v1=.*/, (part) => part.toUpperCase().replace('V1', 'v1'))],
    ['more digests than secrets', `t=${NOW}${`,${signed(BODY).split(',')[1]}`.repeat(6)}`],
  ])('is none with %s', (_, header) => {
    expect(fault(header)).toMatch(/^Sign what is sent/);
  });

  it('of anything else is refused: another body, time or secret', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat({ max: 63 }), fc.nat({ max: 255 }), (body, at, flip) => {
        expect(fault(signed(body), body)).toBeNull();
        const other = Buffer.from([...body.slice(0, at), flip, ...body.slice(at)]);
        expect(fault(signed(body), other)).toMatch(/not that of this body/);
        // The time is signed, too: a digit moved from it into the body is another message.
        expect(fault(signed(body).replace(`t=${NOW}`, `t=${NOW + 1}`), body)).toMatch(/not that of this body/);
        expect(fault(signed(body, NOW, 'another secret'), body)).toMatch(/not that of this body/);
      }),
      { seed: 3 },
    );
  });
});
