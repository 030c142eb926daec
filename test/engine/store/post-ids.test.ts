import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { postsThatMayHave } from '../../../engine/store/index.ts';
import { openPostIds, postIdSections } from '../../../engine/store/post-ids.ts';

describe('ids of posts', () => {
  it('lead to the post, and to few others', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 200 }), (ids) => {
        const opened = openPostIds(postIdSections(ids));
        for (const [post, id] of ids.entries()) expect(postsThatMayHave(opened, id)).toContain(post);
      }),
    );
  });

  it('that share a hash lead to all posts with it, in order', () => {
    // CRC-32 of both is 4ddb0c25.
    const [one, two] = ['plumless', 'buckeroo'];
    const opened = openPostIds(postIdSections(['a', two, 'b', one]));
    expect(postsThatMayHave(opened, one)).toEqual([1, 3]);
    expect(postsThatMayHave(opened, two)).toEqual([1, 3]);
    expect(postsThatMayHave(opened, 'c')).toEqual([]);
    expect(postsThatMayHave(openPostIds(postIdSections([])), one)).toEqual([]);
  });
});
