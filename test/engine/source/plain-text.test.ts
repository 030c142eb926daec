import { describe, expect, it } from 'vitest';
import { plainText } from '../../../engine/source/plain-text.ts';

describe('plainText', () => {
  it('decodes references, strips tags and collapses white space', () => {
    expect(plainText(' AT&amp;T <em>is\n new</em> &#x1F600; &zzz; 1 < 2 ')).toBe('AT&T is new 😀 &zzz; 1 < 2');
  });

  it('reads the first 64 Ki units and no more, whole pairs only', () => {
    expect(plainText('a'.repeat(70_000))).toHaveLength(65_536);
    expect(plainText(`&amp;${'a'.repeat(70_000)}`)).toHaveLength(65_532);
    expect(plainText(`${'a'.repeat(65_535)}😀`)).toBe('a'.repeat(65_535));
  });

  it('gives the text in any nesting', () => {
    expect(plainText(`${'<b>'.repeat(9000)}${'</q>'.repeat(9000)}word`)).toBe('word');
  });
});
