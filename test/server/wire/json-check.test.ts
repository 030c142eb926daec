import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJson } from '../../../server/wire/json-check.ts';
import { runs } from '../../support/runs.ts';

const DEPTH_MAX = 64;
const TWICE = 'a name comes twice';

/** What the platform's parser says: null where it takes the text. */
function complaint(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether some text that begins so is valid: the parser takes it, or only misses what follows. */
function mayGoOn(prefix: string): boolean {
  const said = complaint(prefix);
  if (said === null || said.startsWith('Unexpected end of JSON input')) return true;
  return Number(/at position (\d+)/.exec(said)?.[1] ?? -1) === prefix.length;
}

function firstWrong(text: string): number {
  let end = 0;
  while (end < text.length && mayGoOn(text.slice(0, end + 1))) end += 1;
  return end;
}

const number = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer());
const json = fc
  .oneof(
    fc.jsonValue({ maxDepth: 3, noUnicodeString: false }),
    fc.array(number, { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 4 }), fc.oneof(number, fc.boolean(), fc.constant(null)), { maxKeys: 4 }),
  )
  .chain((value) => fc.constantFrom(0, 1).map((indent) => JSON.stringify(value, null, indent)))
  .filter((text) => text.length < 200);
const unit = fc.oneof(
  fc.constantFrom(...'{}[]",:\\ntrufalse-+.eE0123456789 \n\t\u0000\u00a0/'),
  fc.string({ minLength: 1, maxLength: 1 }),
);

describe('the JSON walk', () => {
  it('finds the second of two members with one name, however it is written and wherever they are', () => {
    const names = fc.uniqueArray(fc.string({ maxLength: 4 }), { minLength: 1, maxLength: 5 });
    const escaped = (name: string): string =>
      `"${[...Array(name.length).keys()].map((at) => `\\u${name.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')}"`;
    fc.assert(
      fc.property(names, fc.nat(), fc.boolean(), (unique, place, escapes) => {
        const twice = unique[place % unique.length]!;
        const whole = unique.map((name) => `${JSON.stringify(name)}:{"a":[{"a":1}]}`).join(',');
        const text = `[{${whole}},{${whole},${escapes ? escaped(twice) : JSON.stringify(twice)}:2}]`;
        expect(checkJson(text, DEPTH_MAX)).toEqual({ position: 2 * whole.length + 6, reason: TWICE });
        expect(checkJson(`[{${whole}},{${whole}}]`, DEPTH_MAX)).toBeNull();
      }),
    );
  });

  it('takes what is valid', () => {
    fc.assert(
      fc.property(json, (text) => {
        expect(checkJson(text, DEPTH_MAX)).toBeNull();
      }),
      runs(150),
    );
  });

  it('of a text with one character changed, finds the first offset at which no valid text goes on', () => {
    fc.assert(
      fc.property(json, fc.nat(), unit, fc.boolean(), (text, place, by, insert) => {
        const at = place % (text.length + 1);
        const changed = text.slice(0, at) + by + text.slice(insert ? at : at + 1);
        const said = complaint(changed);
        const fault = checkJson(changed, DEPTH_MAX);
        // The platform takes the last one; that the walk does not is tried below.
        if (fault?.reason === TWICE) return;
        expect(fault === null).toBe(said === null);
        if (fault === null) return;
        expect(fault.position, `${JSON.stringify(changed)}: ${said}`).toBe(firstWrong(changed));
        const told = /at position (\d+)/.exec(said!);
        if (told !== null) expect(fault.position, `${JSON.stringify(changed)}: ${said}`).toBe(Number(told[1]));
      }),
      runs(500),
    );
  });

  it.each([
    ['', 0],
    [' ', 1],
    ['nul', 3],
    ['nulx', 3],
    ['01', 1],
    ['-', 1],
    ['-x', 1],
    ['1.', 2],
    ['1.e5', 2],
    ['1e+', 3],
    ['1e+x', 3],
    ['"\\x"', 2],
    ['"\\u12g4"', 5],
    ['"a\nb"', 2],
    ['"open', 5],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['{"a" 1}', 5],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['[1}', 2],
    ['1 x', 2],
    ['{"q":"backup", "topk": x}', 23],
  ])('of %j points at %i', (text, position) => {
    expect(checkJson(text, DEPTH_MAX)).toMatchObject({ position });
  });

  it('says what is there, or that the text ends', () => {
    expect(checkJson('[1,x]', DEPTH_MAX)).toEqual({ position: 3, reason: 'unexpected "x"' });
    expect(checkJson('[1,', DEPTH_MAX)).toEqual({ position: 3, reason: 'the text ends too early' });
  });
});
