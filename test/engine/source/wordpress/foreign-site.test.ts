import { describe, expect, it } from 'vitest';
import { openSource, type SourceOptions, syncSource } from '../../../../engine/source/index.ts';
import { type Answer, answerPosts, json, wordpressAnswer } from '../loopback-site.ts';
import { crawlSetup, posts } from './crawl-setup.ts';

const { site, open, storeFor } = crawlSetup();

describe('a site that is not what it should be', () => {
  const failure = async (answer: Answer, options: SourceOptions = {}) => {
    const here = await site(answer);
    const source = open(here, options);
    return { here, error: await syncSource(source, storeFor(source)).catch((error: unknown) => error) };
  };

  it('is told apart from a WordPress, with every address tried', async () => {
    const { error } = await failure((_request, response) => response.end('<html>shop</html>'));
    expect(error).toMatchObject({
      code: 'source_unreadable',
      message: expect.stringMatching(/wp-json\/.*rest_route=/u),
    });
  });

  it('is found at ?rest_route= where /wp-json/ does not exist', async () => {
    const here = await site(({ url }, response) => {
      const route = url.searchParams.get('rest_route');
      if (route === null) response.writeHead(404).end('not here');
      else if (route === '/') json(response, { namespaces: ['wp/v2'] });
      else answerPosts(url, response, posts(2));
    });
    const source = open(here);
    const store = storeFor(source);
    await syncSource(source, store);
    expect(store.size).toBe(2);
  });

  it('explains a closed API', async () => {
    const closed = { code: 'rest_not_logged_in', message: 'You are not currently logged in.' };
    const { error } = await failure((_request, response) => json(response, closed, {}, 401));
    expect(error).toMatchObject({
      message: expect.stringContaining('rest_not_logged_in'),
      place: { remedy: /application password/u },
    });
  });

  it('explains a missing type', async () => {
    const { error } = await failure(
      wordpressAnswer(({ url }, response) => answerPosts(url, response, posts(1))),
      { types: ['page'] },
    );
    expect(error).toMatchObject({ code: 'source_unreadable', message: expect.stringContaining('rest_no_route') });
  });

  it.each([
    ['HTML', '<b>Warning</b>: Undefined variable [{"id":1}]', /not JSON/u],
    ['half of JSON', '[{"id":1', /not JSON/u],
    ['another JSON', '{"id":1}', /not a list of posts/u],
  ])('answers with %s', async (_name, body, message) => {
    const { error } = await failure(wordpressAnswer((_request, response) => response.end(body)));
    expect(error).toMatchObject({ code: 'source_invalid', message: expect.stringMatching(message) });
  });

  it('names an API on a private address, which is not asked', async () => {
    const { error, here } = await failure((_request, response) => {
      response.writeHead(200, { link: '<http://169.254.169.254/>; rel="https://api.w.org/"' }).end();
    });
    expect(error).toMatchObject({ code: 'source_refused' });
    expect(here.requests.length).toBe(1);
  });

  it('names an API on another origin, which does not get the password', async () => {
    const other = await site(wordpressAnswer(({ url }, response) => answerPosts(url, response, posts(1))));
    const { error } = await failure(
      (_request, response) => {
        response.writeHead(200, { link: `<${other.origin}/wp-json/>; rel="https://api.w.org/"` }).end();
      },
      { credentials: { user: 'u', password: 'secret' } },
    );
    expect(error).toMatchObject({ code: 'source_refused', message: expect.not.stringContaining('secret') });
    expect(other.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
  });

  it('is refused on a private address unless it is named', () => {
    expect(() => openSource('http://10.1.2.3/')).toThrow(/private address: 10\.1\.2\.3$/u);
    expect(openSource('http://10.1.2.3/', { allowPrivateHosts: ['10.1.2.3'] }).kind).toBe('wordpress');
    expect(() => openSource('http://169.254.169.254/', { allowPrivateHosts: ['169.254.169.254'] })).toThrow();
  });
});
