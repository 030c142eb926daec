import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSource, type SourceEvent } from '../../../../engine/source/index.ts';
import { splitLines } from '../../../../engine/source/jsonl/lines.ts';
import { readRecord } from '../../../../engine/source/jsonl/record.ts';
import { collect, knownIds, ofKind, postsOf } from '../events.ts';
import { temporaryFolders } from '../temporary-folder.ts';

const freshFolder = temporaryFolders();

function fromStdin(content: string | Buffer, lineBytesMax?: number): Promise<SourceEvent[]> {
  const stdin = Readable.from([Buffer.from(content)]);
  return collect(openSource('-', { stdin, ...(lineBytesMax !== undefined && { limits: { lineBytesMax } }) }));
}

describe('splitLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    const piece = fc.constantFrom('\n', '\r\n', '\r', 'ä', 'x', '{"a":1}', '€uro', ' ');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(60)), async (pieces, cuts) => {
        const bytes = Buffer.from(pieces.join(''));
        const marks = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = marks.slice(1).map((end, at) => bytes.subarray(marks[at], end));
        const lines: string[] = [];
        for await (const line of splitLines(Readable.from(chunks), 1000)) {
          expect(line.number).toBe(lines.length + 1);
          lines.push(line.bytes!.toString());
        }
        const expected = pieces.join('').split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(lines).toEqual(expected.map((line) => line.replace(/\r$/u, '')));
      }),
    );
  });

  it('counts a line at the limit in and one beyond it out, whatever its end', async () => {
    const text = `${'a'.repeat(8)}\r\n${'b'.repeat(9)}\n${'c'.repeat(8)}\n${'d'.repeat(50)}\nend`;
    const lines: [number, number | null][] = [];
    for await (const line of splitLines(Readable.from([...Buffer.from(text)].map((byte) => Buffer.of(byte))), 8)) {
      lines.push([line.number, line.bytes?.length ?? null]);
    }
    expect(lines).toEqual([
      [1, 8],
      [2, null],
      [3, 8],
      [4, null],
      [5, 3],
    ]);
  });
});

describe('readRecord', () => {
  it('reads every field', () => {
    const record = {
      id: 7,
      title: ' T ',
      html: '<p>h</p>',
      url: 'https://a.example/',
      date: '2024-05-31',
      modified: '2024-06-01T00:00:00Z',
      author: 'Ann',
      categories: 'One, two',
      tags: ['a', 'a', ' b '],
      type: 'page',
      lang: 'en_us',
    };
    expect(readRecord(record)).toEqual({
      kind: 'post',
      faults: [],
      unknownFields: [],
      post: {
        id: '7',
        title: 'T',
        html: '<p>h</p>',
        text: null,
        url: 'https://a.example/',
        dateMs: Date.UTC(2024, 4, 31),
        modifiedMs: Date.UTC(2024, 5, 1),
        author: 'Ann',
        categories: ['One, two'],
        tags: ['a', 'b'],
        type: 'page',
        lang: 'en-US',
      },
    });
  });

  it('needs an id and a body, and takes null for absent', () => {
    expect(readRecord({ id: 'a', text: 'x', html: null, date: null })).toMatchObject({
      kind: 'post',
      post: { title: '', url: '', type: 'post', text: 'x', html: null, dateMs: null },
    });
    expect(readRecord({ text: 'x', _id: 'a' })).toMatchObject({ kind: 'unusable', id: null, fault: { field: 'id' } });
    expect(readRecord({ id: 1.5, text: 'x' })).toMatchObject({ kind: 'unusable', fault: { field: 'id', value: 1.5 } });
    expect(readRecord({ id: 'a' })).toMatchObject({ kind: 'unusable', id: 'a', fault: { expected: 'text or html' } });
    expect(readRecord({ id: 'a', text: 7 })).toMatchObject({ kind: 'unusable', fault: { field: 'text', value: 7 } });
    for (const value of [null, [], 'x', 3]) expect(readRecord(value)).toMatchObject({ kind: 'unusable' });
  });

  it.each([
    ['date', 'yesterday'],
    ['date', 1717157000],
    ['url', 'javascript:alert(1)'],
    ['lang', 'not a language'],
    ['categories', [1]],
    ['tags', { a: 1 }],
    ['type', ''],
    ['author', 5],
    ['title', ['x']],
  ])('leaves a bad %s out and keeps the record: %j', (field, value) => {
    expect(readRecord({ id: 'a', text: 'x', [field]: value })).toMatchObject({
      kind: 'post',
      faults: [{ field, value, expected: expect.any(String) }],
    });
  });

  it('does not publish what is marked as hidden', () => {
    expect(readRecord({ id: 'a', text: 'x', status: 'draft' }).kind).toBe('withheld');
    expect(readRecord({ id: 'a', text: 'x', password: 'p' }).kind).toBe('withheld');
    expect(readRecord({ id: 'a', text: 'x', status: 'publish', password: '' }).kind).toBe('post');
  });

  it('is not fooled by the names that every object has', () => {
    const record = JSON.parse('{"id":"a","text":"x","__proto__":{"title":"no"},"constructor":1}');
    expect(readRecord(record)).toMatchObject({ post: { title: '' }, unknownFields: ['__proto__', 'constructor'] });
  });
});

describe('a JSONL source', () => {
  it('takes standard input with byte order mark, CRLF, empty lines and no final line end', async () => {
    const events = await fromStdin('\uFEFF{"id":1,"text":"a"}\r\n\r\n  \n{"id":"2","text":"b"}');
    expect(postsOf(events).map((post) => post.id)).toEqual(['1', '2']);
    expect(ofKind(events, 'rejected')).toEqual([]);
    expect(events.at(-1)).toEqual({ kind: 'progress', done: 2, total: null });
  });

  it('reads a file and its gzip alike, by content', async () => {
    const content = '{"id":1,"text":"ä"}\n{"id":2,"html":"<p>b</p>"}\n';
    const folder = freshFolder();
    const files = [join(folder, 'a.jsonl'), join(folder, 'a.jsonl.gz'), join(folder, 'nameless')];
    writeFileSync(files[0]!, content);
    writeFileSync(files[1]!, gzipSync(content));
    writeFileSync(files[2]!, gzipSync(content));
    const read = await Promise.all(files.map(async (file) => postsOf(await collect(openSource(file)))));
    expect(read[0]!.length).toBe(2);
    expect(read[1]).toEqual(read[0]);
    expect(read[2]).toEqual(read[0]);
  });

  it('names file, line, field, value and what was expected for every line it cannot take', async () => {
    const events = await fromStdin(
      [
        '{"id":1,"text":"a"}',
        '{"id":',
        '[]',
        '{"id":"","text":"x"}',
        '{"id":2,"text":"b","date":"never"}',
        `{"id":3,"text":"${'x'.repeat(300)}"}`,
      ].join('\n'),
      200,
    );
    const rejected = ofKind(events, 'rejected').map(({ place, action }) => [place.line, place.field, action]);
    expect(rejected).toEqual([
      [2, undefined, 'skipped'],
      [3, undefined, 'skipped'],
      [4, 'id', 'skipped'],
      [5, 'date', 'repaired'],
      [6, undefined, 'skipped'],
    ]);
    expect(ofKind(events, 'rejected')[3]).toMatchObject({
      place: { file: 'standard input', value: 'never', expected: expect.stringContaining('ISO 8601') },
    });
    expect(postsOf(events).map((post) => post.id)).toEqual(['1', '2']);
  });

  it('lets the last of equal ids win and says which line it replaces', async () => {
    const events = await fromStdin('{"id":1,"text":"old"}\n{"id":"1","text":"new"}\n');
    expect(postsOf(events).map((post) => post.text)).toEqual(['old', 'new']);
    expect(ofKind(events, 'rejected')).toMatchObject([
      { action: 'repaired', place: { line: 2, field: 'id', value: '1' }, reason: 'Duplicate id replaces line 1: 1' },
    ]);
  });

  it('mentions each unknown field once, with its count, and what is left out as hidden', async () => {
    const events = await fromStdin(
      '{"id":1,"text":"a","x":1}\n{"id":2,"text":"b","x":1}\n{"id":3,"text":"c","status":"draft"}',
    );
    expect(ofKind(events, 'notice').map(({ reason, count }) => [reason, count])).toEqual([
      ['Records are left out: not published, or protected by a password', 1],
      ['Unknown field is ignored: x', 2],
    ]);
  });

  it('repairs bytes that are not UTF-8 and says so', async () => {
    const events = await fromStdin(
      Buffer.concat([Buffer.from('{"id":1,"text":"a'), Buffer.of(0xff), Buffer.from('"}')]),
    );
    expect(postsOf(events)[0]!.text).toBe('a\uFFFD');
    expect(ofKind(events, 'rejected')).toMatchObject([{ action: 'repaired', place: { line: 1, expected: 'UTF-8' } }]);
  });
});

describe('a JSONL source that is the whole truth', () => {
  it('deletes what is known and gone, keeps what is there but unreadable', async () => {
    const stdin = Readable.from([Buffer.from('{"id":"kept","text":"a"}\n{"id":"broken"}\n')]);
    const events = await collect(openSource('-', { stdin }), knownIds('kept', 'broken', 'gone'));
    expect(ofKind(events, 'deleted')).toEqual([{ kind: 'deleted', id: 'gone' }]);
  });

  it.each([
    ['is not JSON', '{"id":"b","te', 1],
    ['has no id', '{"text":"b"}\n[]', 2],
    ['is too long', `{"id":"b","text":"${'x'.repeat(300)}"}`, 1],
  ])('puts deletions off when a line %s, and says so', async (_name, lines, count) => {
    const stdin = Readable.from([Buffer.from(`{"id":"a","text":"a"}\n${lines}\n`)]);
    const source = openSource('-', { stdin, limits: { lineBytesMax: 200 } });
    const events = await collect(source, knownIds('a', 'b'));
    expect(ofKind(events, 'deleted')).toEqual([]);
    const said = `Deletions are put off: ${count === 1 ? '1 line' : `${count} lines`} could not be read`;
    expect(ofKind(events, 'notice')).toMatchObject([{ reason: said, count, place: { file: 'standard input' } }]);
  });

  it('refuses XML on standard input and says how to give it', async () => {
    await expect(fromStdin('\uFEFF\n <?xml version="1.0"?>\n<rss/>')).rejects.toMatchObject({
      code: 'source_invalid',
      place: { line: 2, remedy: expect.stringMatching(/WXR export as a file/u) },
    });
    const later = await fromStdin('{"id":1,"text":"a"}\n<rss>');
    expect(ofKind(later, 'rejected')).toMatchObject([{ place: { line: 2 }, action: 'skipped' }]);
  });

  it('never empties a store because the input was empty', async () => {
    const source = openSource('-', { stdin: Readable.from([Buffer.from('\n')]) });
    await expect(collect(source, knownIds('a'))).rejects.toMatchObject({ code: 'source_invalid' });
    expect(source.state()).toBeNull();
  });

  it('deletes nothing when a gzip file breaks off', async () => {
    const file = join(freshFolder(), 'torn.jsonl.gz');
    const whole = gzipSync(Array.from({ length: 5000 }, (_, id) => `{"id":${id},"text":"${id * 7919}"}`).join('\n'));
    writeFileSync(file, whole.subarray(0, whole.length - 2000));
    const deleted: string[] = [];
    const reading = (async () => {
      for await (const event of openSource(file).events(null, knownIds('x'))) {
        if (event.kind === 'deleted') deleted.push(event.id);
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'source_unreadable', place: { file } });
    expect(deleted).toEqual([]);
  });

  it('stops when it is aborted', async () => {
    const controller = new AbortController();
    const endless = Readable.from(
      (async function* () {
        for (let id = 0; ; id++) yield Buffer.from(`{"id":${id},"text":"x"}\n`);
      })(),
    );
    const source = openSource('-', { stdin: endless, signal: controller.signal });
    let seen = 0;
    const reading = (async () => {
      for await (const event of source.events(null, null)) {
        if (event.kind === 'post' && ++seen === 10) controller.abort(new Error('enough'));
      }
    })();
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toBe(10);
  });
});
