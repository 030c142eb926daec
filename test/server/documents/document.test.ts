/** One document over HTTP: put, patched, deleted, read back, under conditions and keys. */
import { beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { type Desk, openDesk } from './desk.ts';

const POST = {
  id: '7',
  title: 'Wombats',
  html: '<p>They dig.</p>',
  text: null,
  url: 'https://blog.example/wombats',
  date: '2024-05-31T12:00:00.000Z',
  modified: '2024-06-01T08:30:00.000Z',
  author: 'Ada',
  categories: ['Animals'],
  tags: ['burrow', 'dig'],
  type: 'post',
  lang: 'en-AU',
};

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});

describe('what is put', () => {
  it('is made, and read back as it was sent, with its version as a tag', async () => {
    const made = await desk.ask('PUT', '/documents', POST);
    const { version } = made.body as { version: number };
    expect([made.status, made.body]).toEqual([201, { id: '7', outcome: 'created', version, replayed: false }]);
    expect([made.headers.get('etag'), made.headers.get('location'), made.headers.get('document-version')]).toEqual([
      `"${version}"`,
      '/documents?id=7',
      String(version),
    ]);
    const found = await desk.ask('GET', '/documents?id=7');
    expect([found.status, found.body, found.headers.get('etag')]).toEqual([
      200,
      { version, document: POST },
      `"${version}"`,
    ]);
    expect(found.headers.get('cache-control')).toBe('private, no-cache');
  });

  it('takes back what was read, whole', async () => {
    const { document } = (await desk.ask('GET', '/documents?id=7')).body;
    const again = await desk.ask('PUT', '/documents', document);
    expect(again.status).toBe(200);
    expect((await desk.ask('GET', '/documents?id=7')).body['document']).toEqual(POST);
  });

  it('may be least: an id and a text', async () => {
    expect((await desk.ask('PUT', '/documents', { id: 8, text: 'x' })).status).toBe(201);
    const { document } = (await desk.ask('GET', '/documents?id=8')).body;
    expect(document).toMatchObject({ id: '8', title: '', type: 'post', categories: [], html: null, url: '' });
  });

  it('is not read again by who has it', async () => {
    const { headers } = await desk.ask('GET', '/documents?id=7');
    const again = await desk.ask('GET', '/documents?id=7', undefined, { 'if-none-match': headers.get('etag')! });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await desk.ask('HEAD', '/documents?id=7')).status).toBe(200);
  });
});

describe('what is patched', () => {
  it('changes the named fields alone; null takes one away', async () => {
    await desk.ask('PUT', '/documents', { ...POST, id: 'p' });
    const { status, body } = await desk.ask('PATCH', '/documents', {
      id: 'p',
      title: 'Quokkas',
      author: null,
      tags: 'one',
    });
    expect([status, body['outcome']]).toEqual([200, 'updated']);
    const { document } = (await desk.ask('GET', '/documents?id=p')).body;
    expect(document).toEqual({ ...POST, id: 'p', title: 'Quokkas', author: null, tags: ['one'] });
  });

  it('a text takes the place of the html', async () => {
    await desk.ask('PATCH', '/documents', { id: 'p', text: 'plain', date: null });
    const { document } = (await desk.ask('GET', '/documents?id=p')).body;
    expect(document).toMatchObject({ html: null, text: 'plain', date: null, modified: POST.modified });
  });

  it.each([
    ['nothing to change', { id: 'p' }, 'body', 'at least one field'],
    ['nothing left to read', { id: 'p', text: null }, null, 'html or text'],
  ])('not with %s', async (_, change, field, expected) => {
    const { status, body } = await desk.ask('PATCH', '/documents', change);
    expect([status, body['code']]).toEqual([400, 'request_invalid']);
    expect(body['detail']).toContain(expected);
    if (field !== null) expect(body.errors![0]!.field).toBe(field);
  });
});

describe('what is deleted', () => {
  it('is gone, and was there only once', async () => {
    await desk.ask('PUT', '/documents', { id: 'gone', text: 'x' });
    const { status, text, headers } = await desk.ask('DELETE', '/documents?id=gone');
    expect([status, text, headers.get('etag')]).toEqual([204, '', null]);
    expect(Number(headers.get('document-version'))).toBeGreaterThan(0);
    for (const [method, path, body] of [
      ['DELETE', '/documents?id=gone', undefined],
      ['GET', '/documents?id=gone', undefined],
      ['PATCH', '/documents', { id: 'gone', text: 'y' }],
    ] as const) {
      const missing = await desk.ask(method, path, body);
      expect([method, missing.status, missing.body['code']]).toEqual([method, 404, 'document_missing']);
    }
  });
});

describe('conditions', () => {
  it('If-Match lets only the version through that is meant, and tells which there is', async () => {
    const first = await desk.ask('PUT', '/documents', { id: 'c', text: 'one' });
    const tag = first.headers.get('etag')!;
    const second = await desk.ask('PUT', '/documents', { id: 'c', text: 'two' }, { 'if-match': tag });
    expect(second.status).toBe(200);
    for (const [method, path, body] of [
      ['PUT', '/documents', { id: 'c', text: 'three' }],
      ['PATCH', '/documents', { id: 'c', text: 'three' }],
      ['DELETE', '/documents?id=c', undefined],
    ] as const) {
      const late = await desk.ask(method, path, body, { 'if-match': tag });
      expect([late.status, late.body['code'], late.body['version'], late.headers.get('etag')]).toEqual([
        412,
        'version_conflict',
        second.body['version'],
        second.headers.get('etag'),
      ]);
    }
    expect((await desk.ask('GET', '/documents?id=c')).body['document']).toMatchObject({ text: 'two' });
  });

  it('* asks only whether it is there', async () => {
    const absent = { 'if-none-match': '*' };
    expect(
      (await desk.ask('PUT', '/documents', { id: 'd', text: 'x' }, { 'if-match': '*' })).body['version'],
    ).toBeNull();
    expect((await desk.ask('PUT', '/documents', { id: 'd', text: 'x' }, absent)).status).toBe(201);
    expect((await desk.ask('PUT', '/documents', { id: 'd', text: 'x' }, absent)).status).toBe(412);
    expect((await desk.ask('PUT', '/documents', { id: 'd', text: 'x' }, { 'if-match': '*' })).status).toBe(200);
  });

  it.each([
    ['a bare number', 'PUT', { 'if-match': '7' }, 'if-match'],
    ['a weak tag', 'PUT', { 'if-match': 'W/"7"' }, 'if-match'],
    ['two tags', 'PUT', { 'if-match': '"7", "8"' }, 'if-match'],
    ['there and not there', 'PUT', { 'if-match': '*', 'if-none-match': '*' }, 'if-none-match'],
    ['any but this version', 'PUT', { 'if-none-match': '"7"' }, 'if-none-match'],
    ['a patch of what is not there', 'PATCH', { 'if-none-match': '*' }, 'if-none-match'],
    ['a key that is too long', 'PUT', { 'idempotency-key': 'x'.repeat(256) }, 'idempotency-key'],
    ['a time that is none', 'PUT', { 'x-request-deadline-ms': 'soon' }, 'x-request-deadline-ms'],
  ])('one that cannot hold is refused, not left out: %s', async (_, method, headers, field) => {
    const { status, body } = await desk.ask(method, '/documents', { id: 'e', text: 'x' }, headers as never);
    expect([status, body.errors!.map((error) => error.field)]).toEqual([400, [field]]);
    expect((await desk.ask('GET', '/documents?id=e')).status).toBe(404);
  });
});

describe('idempotency keys', () => {
  it('the same again does nothing and says what was done, quoted or not', async () => {
    const key = { 'idempotency-key': '"8e03978e"' };
    const first = await desk.ask('PUT', '/documents', { id: 'k', text: 'x' }, key);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await desk.ask('PUT', '/documents', { id: 'k', text: 'x' }, { 'idempotency-key': '8e03978e' });
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect(again.body).toEqual({ ...first.body, replayed: true });
  });

  it('for something else it is refused', async () => {
    const other = await desk.ask('PUT', '/documents', { id: 'k', text: 'y' }, { 'idempotency-key': '8e03978e' });
    expect([other.status, other.body['code']]).toEqual([422, 'key_reused']);
    expect((await desk.ask('GET', '/documents?id=k')).body['document']).toMatchObject({ text: 'x' });
  });
});

describe('what is not right is named, and nothing is done', () => {
  it.each([
    ['no id', { text: 'x' }, 'id', 'a non-empty string or an integer'],
    ['no text', { id: 'f' }, 'text', 'text or html'],
    ['a field that there is not', { id: 'f', text: 'x', status: 'draft' }, 'status', 'no such field'],
    [
      'an address that would run',
      { id: 'f', text: 'x', url: 'javascript:alert(1)' },
      'url',
      'an http, https or relative address',
    ],
    [
      'a date that is none',
      { id: 'f', text: 'x', date: '2023-02-30' },
      'date',
      'an ISO 8601 date, such as 2024-05-31T12:00:00Z',
    ],
    ['a language that is none', { id: 'f', text: 'x', lang: '!' }, 'lang', 'a BCP 47 language tag, such as en-US'],
    ['tags that are none', { id: 'f', text: 'x', tags: [1] }, 'tags', 'a string or an array of strings'],
    ['a list', [], 'body', 'an object'],
  ])('%s', async (_, body, field, expected) => {
    const told = await desk.ask('PUT', '/documents', body);
    expect([told.status, told.body.errors![0]]).toMatchObject([400, { field, expected }]);
    expect((await desk.ask('GET', '/documents?id=f')).status).toBe(404);
  });

  it.each([
    ['JSON that is broken', 'PUT', '/documents', '{', {}, 400, 'body_unreadable'],
    ['no JSON', 'PUT', '/documents', 'x', { 'content-type': 'text/html' }, 415, 'media_type_unsupported'],
    ['too much', 'PUT', '/documents', ' '.repeat(65_537), {}, 413, 'body_too_large'],
    ['another refresh', 'PUT', '/documents?refresh=now', { id: 'f', text: 'x' }, {}, 400, 'request_invalid'],
    ['nothing to read', 'GET', '/documents', undefined, {}, 400, 'request_invalid'],
    ['two to delete', 'DELETE', '/documents?id=a&id=b', undefined, {}, 400, 'request_invalid'],
    ['an id that is too long', 'PUT', '/documents', { id: 'é'.repeat(300), text: 'x' }, {}, 400, 'request_invalid'],
  ])('%s', async (_, method, path, body, headers, status, code) => {
    const told = await desk.ask(method, path, body, headers as never);
    expect([told.status, told.body['code']]).toEqual([status, code]);
  });

  it('another method hears which there are; pages of other sites may use none', async () => {
    const { status, headers } = await desk.ask('POST', '/documents', {});
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, PATCH, DELETE']);
    const asking = { origin: 'https://evil.example', 'access-control-request-method': 'PUT' };
    const preflight = await desk.ask('OPTIONS', '/documents', undefined, asking);
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([405, null]);
  });
});

describe('refresh=wait', () => {
  it('answers when it is found, or says that it is not yet', async () => {
    let seen: () => void = () => {};
    const waiting = await openDesk({
      visible: (version) => (version === 1 ? Promise.resolve() : new Promise<void>((resolve) => (seen = resolve))),
    });
    const found = await waiting.ask('PUT', '/documents?refresh=wait', { id: 'w', text: 'x' });
    expect([found.status, found.body['visible'], found.headers.get('document-visible')]).toEqual([201, true, 'true']);
    const hurried = { 'x-request-deadline-ms': '1' };
    const later = await waiting.ask('PUT', '/documents?refresh=wait', { id: 'w', text: 'y' }, hurried);
    expect([later.status, later.body['visible']]).toEqual([200, false]);
    const gone = await waiting.ask('DELETE', '/documents?id=w&refresh=wait', undefined, hurried);
    expect([gone.status, gone.headers.get('document-visible')]).toEqual([204, 'false']);
    seen();
  });
});

describe('where the world does not let it', () => {
  it('no room: come back', async () => {
    const full = await openDesk({ documentsMax: 1 });
    expect((await full.ask('PUT', '/documents', { id: '1', text: 'x' })).status).toBe(201);
    const { status, headers, body } = await full.ask('PUT', '/documents', { id: '2', text: 'x' });
    expect([status, headers.get('retry-after'), body['code']]).toEqual([503, '1', 'changes_full']);
    expect((await full.ask('PUT', '/documents', { id: '1', text: 'y' })).status).toBe(200);
  });

  it.each([
    [new EngineError('index_unwritable', 'Cannot write: ENOSPC'), 507, 1],
    [new EngineError('draining', 'The server is shutting down'), 503, 0],
    [new Error('a bug'), 500, 0],
  ])('%s', async (failure, status, lines) => {
    const broken = await openDesk({ failure });
    const told = await broken.ask('PUT', '/documents', { id: '1', text: 'x' });
    expect([told.status, broken.logged.length]).toEqual([status, lines]);
    if (status === 500) expect(told.text).not.toContain('bug');
  });
});
