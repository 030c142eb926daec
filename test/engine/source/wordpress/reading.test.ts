import { describe, expect, it } from 'vitest';
import { basicAuthorization, credentialsFromEnv } from '../../../../engine/source/wordpress/credentials.ts';
import { readHomePage } from '../../../../engine/source/wordpress/home-page.ts';
import { restError } from '../../../../engine/source/wordpress/rest-api.ts';
import { readRestPost } from '../../../../engine/source/wordpress/rest-post.ts';
import { restPost } from '../loopback-site.ts';

const ADDRESS = 'https://site.example/wp-json/wp/v2/posts';

describe('readHomePage', () => {
  it.each([
    ['<https://a.example/wp-json/>; rel="https://api.w.org/"', 'https://a.example/wp-json/'],
    [
      '<https://a.example/x>; rel=shortlink, <https://b.example/api/>; rel="https://api.w.org/"',
      'https://b.example/api/',
    ],
    ['<https://a.example/?rest_route=/>; rel=https://api.w.org/', 'https://a.example/?rest_route=/'],
    ['<https://a.example/x>; rel="canonical"', null],
    ['', null],
    [undefined, null],
  ])('finds the API in the Link header %j', (header, address) => {
    expect(readHomePage(header, '').apiAddress).toBe(address);
  });

  it('finds the API and the language in the page, also when it breaks off', () => {
    const html = `<html lang="de-de" class="x"><head><link rel='https://api.w.org/' href='https://a.example/wp-json/' /><li`;
    expect(readHomePage('', html)).toEqual({ apiAddress: 'https://a.example/wp-json/', lang: 'de-DE' });
  });

  it('decodes attributes and reads on after any nesting', () => {
    const nested = `${'<div>'.repeat(150_000)}${'</q>'.repeat(150_000)}`;
    const html = `${nested}<HTML lang=fr lang=de><link href="/?a=1&amp;b=2" rel="https://api.w.org/">`;
    expect(readHomePage('', html)).toEqual({ apiAddress: '/?a=1&b=2', lang: 'fr' });
  });
});

describe('readRestPost', () => {
  it('reads terms and authors by name, decodes them, and leaves other taxonomies out', () => {
    const reading = readRestPost(
      {
        ...restPost({ id: 7, title: 'R&amp;D &#8211; <em>now</em>' }),
        lang: 'fr',
        _embedded: {
          author: [{ name: 'Ann &amp; Bob' }],
          'wp:term': [
            [
              { name: 'R&amp;D', taxonomy: 'category' },
              { name: 'R&amp;D', taxonomy: 'category' },
            ],
            [{ name: 'one', taxonomy: 'post_tag' }],
            [{ name: 'Poetry', taxonomy: 'genre' }],
          ],
        },
      },
      ADDRESS,
      'en-US',
    );
    expect(reading).toMatchObject({
      kind: 'post',
      post: { id: '7', title: 'R&D – now', author: 'Ann & Bob', categories: ['R&D'], tags: ['one'], lang: 'fr' },
    });
  });

  it('cuts a title to 512 units and parts no surrogate pair', () => {
    const title = `${'x'.repeat(511)}😀tail`;
    expect(readRestPost(restPost({ id: 1, title }), ADDRESS, null)).toMatchObject({
      post: { title: 'x'.repeat(511) },
    });
  });

  it('takes the language of the site for a post without one', () => {
    expect(readRestPost(restPost({ id: 1 }), ADDRESS, 'en-US')).toMatchObject({ post: { lang: 'en-US' } });
  });

  it.each([
    [
      'embedded errors',
      { _embedded: { author: [{ code: 'rest_user_invalid_id' }], 'wp:term': [{ code: 'x' }, [null]] } },
    ],
    ['plugins that return false', { _embedded: false, lang: false, modified_gmt: false, title: false }],
    ['a link that runs', { link: 'javascript:alert(1)' }],
  ])('bears %s', (_name, part) => {
    expect(readRestPost({ ...restPost({ id: 1 }), ...part }, ADDRESS, null).kind).toBe('post');
  });

  it('never gives out what is protected or not published', () => {
    expect(readRestPost(restPost({ id: 1, protected: true }), ADDRESS, null).kind).toBe('withheld');
    for (const status of ['draft', 'private', 'future', 'pending', 'trash']) {
      expect(readRestPost({ ...restPost({ id: 1 }), status }, ADDRESS, null).kind).toBe('withheld');
    }
  });

  it('rejects what is not a post, with address and field', () => {
    for (const value of [null, 'x', {}, { ...restPost({ id: 1 }), content: undefined }, restPost({ id: -1 })]) {
      expect(readRestPost(value, ADDRESS, null)).toMatchObject({
        kind: 'malformed',
        event: { kind: 'rejected', action: 'skipped', place: { file: ADDRESS, expected: expect.any(String) } },
      });
    }
  });
});

describe('restError', () => {
  it('says what WordPress said, where, and what to do', () => {
    const error = restError({
      kind: 'refusal',
      address: ADDRESS,
      status: 404,
      code: 'rest_no_route',
      message: 'No route was found.',
    });
    expect(error.message).toBe(`Cannot read ${ADDRESS}: the site answers rest_no_route, No route was found`);
    expect(error.place).toMatchObject({
      file: ADDRESS,
      value: 'rest_no_route',
      remedy: expect.stringContaining('show_in_rest'),
    });
    const forbidden = restError({ kind: 'refusal', address: ADDRESS, status: 403, code: '', message: '' });
    expect(forbidden.place).toMatchObject({ value: 403, remedy: expect.stringContaining('firewall') });
  });
});

describe('credentials', () => {
  it('come from the environment as a pair or not at all', () => {
    expect(credentialsFromEnv({})).toBeNull();
    expect(credentialsFromEnv({ WP_CHAT_SOURCE_USER: 'u', WP_CHAT_SOURCE_PASSWORD: 'p' })).toEqual({
      user: 'u',
      password: 'p',
    });
    expect(() => credentialsFromEnv({ WP_CHAT_SOURCE_USER: 'u' })).toThrow(/WP_CHAT_SOURCE_PASSWORD is empty$/u);
  });

  it('go over https, or to this machine, and nowhere else', () => {
    const pair = { user: 'u', password: 'p w' };
    expect(basicAuthorization(new URL('https://a.example/blog'), pair)).toEqual({
      origin: 'https://a.example',
      authorization: `Basic ${btoa('u:p w')}`,
    });
    expect(basicAuthorization(new URL('http://127.0.0.1:8080'), pair)).not.toBeNull();
    expect(basicAuthorization(new URL('http://a.example'), null)).toBeNull();
    expect(() => basicAuthorization(new URL('http://a.example'), pair)).toThrow(/^(?!.*p w).*plain http/u);
  });
});
