/** Single posts of a site: as visitors may see them, or gone. */
import { expect, it } from 'vitest';
import { sitePosts } from '../../../../engine/source/index.ts';
import { answerPosts, json, restPost, wordpressAnswer } from '../loopback-site.ts';
import { testTime } from '../ports.ts';
import { crawlSetup } from './crawl-setup.ts';

const { site } = crawlSetup();

it('are read by their ids in one request; what visitors may not see is null', async () => {
  const posts = [{ id: 1 }, { id: 2, protected: true }, { id: 4, title: 'Four' }];
  const here = await site(wordpressAnswer(({ url }, response) => answerPosts(url, response, posts)));
  const found = await sitePosts(new URL(here.origin), testTime()).read('post', ['4', '2', '3']);
  expect([...found].map(([id, post]) => [id, post?.title ?? null])).toEqual([
    ['4', 'Four'],
    ['2', null],
    ['3', null],
  ]);
  expect(found.get('4')).toMatchObject({ type: 'post', lang: 'en-GB', html: '<p>Body 4</p>' });
  expect(here.requests.filter(({ url }) => url.searchParams.has('include'))).toHaveLength(1);
});

it('one that cannot be read is no deletion', async () => {
  const here = await site(
    wordpressAnswer((_, response) => json(response, [{ ...restPost({ id: 1 }), content: 'none' }])),
  );
  const read = sitePosts(new URL(here.origin), testTime()).read('post', ['1']);
  await expect(read).rejects.toMatchObject({ code: 'source_invalid', place: { field: 'content' } });
});

it('of a site that refuses, or must not be read, are no deletions either', async () => {
  const here = await site(wordpressAnswer((_, response) => json(response, { code: 'rest_forbidden' }, {}, 403)));
  await expect(sitePosts(new URL(here.origin), testTime()).read('post', ['1'])).rejects.toMatchObject({
    code: 'source_unreadable',
  });
  expect(() => sitePosts(new URL('http://169.254.169.254/'), testTime())).toThrow(/special-purpose/);
});
