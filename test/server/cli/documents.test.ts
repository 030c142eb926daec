/** Documents by the commands an operator types, against the routes of a server that holds real changes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/errors.ts';
import { type BulkLine, type BulkOutcome, piecesOf, sendPiece } from '../../../server/cli/bulk.ts';
import type { LiveServer } from '../../../server/cli/live.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type Desk, openDesk } from '../documents/desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});

const run = (words: readonly string[], input = ''): Promise<CliRun> => {
  const typed = ['documents', ...words, '--url', `http://127.0.0.1:${desk.port}`];
  return input === '' ? askCli(typed) : runCli(typed, { input });
};
const told = async (words: readonly string[], input = ''): Promise<Record<string, unknown>> => {
  const { code, out, err } = await run([...words, '--json'], input);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Record<string, unknown>;
};

describe('one document', () => {
  it('put, patched, read, deleted', async () => {
    const made = await run(['put', '-', '--if-absent', '--wait'], '{"id":"7","title":"Wombats","text":"They dig."}');
    expect([made.code, made.out]).toEqual([0, 'Document 7 created, version 1, found by every search\n']);
    expect(await told(['patch', '-', '--if-version', '1'], '{"id":"7","tags":"burrow"}')).toEqual({
      id: '7',
      outcome: 'updated',
      version: 2,
      replayed: false,
    });
    expect(await told(['get', '7'])).toMatchObject({ version: 2, document: { title: 'Wombats', tags: ['burrow'] } });
    const gone = await run(['delete', '7', '--yes', '--idempotency-key', 'a "b"']);
    expect([gone.code, gone.out]).toEqual([0, 'Document 7 deleted, version 3\n']);
    expect(await told(['delete', '7', '--yes', '--idempotency-key', 'a "b"'])).toMatchObject({ replayed: true });
  });

  it.each([
    ['what is missing', ['get', '8'], '', 1, 'There is no document with this id: 8'],
    ['a version that is gone', ['put', '-', '--if-version', '9'], '{"id":"8","text":"x"}', 1, 'has no version'],
    [
      'a field that is wrong',
      ['put', '-'],
      '{"id":"8","text":"x","date":"soon"}',
      2,
      'date: expected an ISO 8601 date',
    ],
    ['a file that is not there', ['put', '/nowhere.json'], '', 5, 'Cannot read the document'],
    ['a version that is none', ['put', '-', '--if-version', 'one'], '', 2, 'Expected a version'],
    ['a deletion that nobody meant', ['delete', '8'], '', 2, 'Add --yes'],
  ])('%s is said, with the exit code', async (_, words, input, code, said) => {
    const { code: exit, out, err } = await run(words, input);
    expect([exit, out]).toEqual([code, '']);
    expect(err).toContain(said);
  });
});

describe('a file of changes', () => {
  it('is done line by line; what could not be is named by its line, and the exit code says so', async () => {
    const file = join(scratchFolder(), 'changes.jsonl');
    const lines = Array.from({ length: 45 }, (_, n) => JSON.stringify({ put: { id: `b${n}`, text: 'x' } }));
    lines[10] = '{"put":{"id":"bad","text":"x","colour":1}}';
    lines[12] = '';
    writeFileSync(file, lines.join('\n'));
    const { code, out, err } = await run(['bulk', file]);
    expect(out).toMatch(/^43 created, 0 updated, 0 deleted \(0 of them before\), 1 failed in \d/);
    expect([code, err]).toEqual([1, `${file}:11 put.colour: expected no such field\n`]);
    expect(await desk.documents.get('b44')).not.toBeNull();
    const { out: json } = await run(['bulk', file, '--json']);
    expect(JSON.parse(json)).toMatchObject({ updated: 43, failed: 1, failures: [{ line: 11, status: 400 }] });
  });

  it('may come over a pipe', async () => {
    expect(await told(['bulk', '-'], '{"delete":{"id":"b0"}}\n')).toMatchObject({ deleted: 1, failed: 0 });
    const none = await run(['bulk', '/nowhere.jsonl']);
    expect([none.code, none.err]).toEqual([5, expect.stringContaining('Cannot read the changes')]);
  });
});

describe('a piece', () => {
  const lineOf = (number: number, id: string): BulkLine => ({
    number,
    text: JSON.stringify({ put: { id, text: 'x' } }),
  });
  const { signal } = new AbortController();

  /** A server that answers what a function says, line by line. */
  const answering = (
    answer: (text: string, at: number) => Omit<BulkOutcome, 'line'>,
  ): Pick<LiveServer, 'exchange'> => ({
    exchange: async (_, __, { message } = {}) => ({
      status: 200,
      headers: {},
      body: message!.text
        .split('\n')
        .map((text, at) => `${JSON.stringify({ line: at + 1, ...answer(text, at) })}\n`)
        .join(''),
    }),
  });
  const full = (id: string) => ({ status: 503, code: 'changes_full', id });
  const made = (id: string) => ({ status: 201, outcome: 'created' as const, id });

  it('what finds no room is sent again until it does, and nothing else is', async () => {
    const seen: string[] = [];
    const live = answering((text) => {
      const { id } = (JSON.parse(text) as { put: { id: string } }).put;
      seen.push(id);
      return seen.filter((one) => one === id).length < 3 && id !== 'a' ? full(id) : made(id);
    });
    const pauses: number[] = [];
    const pause = async (ms: number): Promise<void> => void pauses.push(ms);
    const outcomes = await sendPiece([lineOf(4, 'a'), lineOf(7, 'b'), lineOf(8, 'c')], { live, signal, pause });
    expect(outcomes.map(({ line, status }) => [line, status])).toEqual([
      [4, 201],
      [7, 201],
      [8, 201],
    ]);
    expect([seen, pauses]).toEqual([
      ['a', 'b', 'c', 'b', 'c', 'b', 'c'],
      [1000, 2000],
    ]);
  });

  it('is not sent again where a later line of the same document was done', async () => {
    const live = answering((_, at) => (at === 0 ? full('a') : made('a')));
    const pause = (): Promise<void> => Promise.reject(new Error('It waited'));
    const outcomes = await sendPiece([lineOf(1, 'a'), lineOf(2, 'a')], { live, signal, pause });
    expect(outcomes.map(({ status }) => status)).toEqual([503, 201]);
  });

  it('is halved where the server takes less than the configuration says', async () => {
    const sizes: number[] = [];
    const live: Pick<LiveServer, 'exchange'> = {
      exchange: async (method, path, exchange) => {
        const count = exchange!.message!.text.split('\n').length;
        sizes.push(count);
        if (count > 2 || exchange!.message!.text.includes('long')) throw new EngineError('body_too_large', 'Too large');
        return answering(() => made('x')).exchange(method, path, exchange);
      },
    };
    const outcomes = await sendPiece(
      ['a', 'b', 'long', 'd', 'e'].map((id, at) => lineOf(at + 1, id)),
      { live, signal },
    );
    expect(outcomes.map(({ line, status }) => [line, status])).toEqual([
      [1, 201],
      [2, 201],
      [3, 413],
      [4, 201],
      [5, 201],
    ]);
    expect(sizes).toEqual([5, 2, 3, 1, 2]);
  });

  it('holds as much as a server takes', async () => {
    const pieces: number[][] = [];
    for await (const piece of piecesOf(
      [lineOf(1, 'a'), lineOf(2, 'x'.repeat(100)), lineOf(3, 'b'), lineOf(4, 'c'), lineOf(5, 'd')],
      {
        linesMax: 2,
        bytesMax: 100,
      },
    ))
      pieces.push(piece.map(({ number }) => number));
    expect(pieces).toEqual([[1], [2], [3, 4], [5]]);
  });
});
