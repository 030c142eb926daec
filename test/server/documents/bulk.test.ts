/** Many documents in one request: each line for itself, in its order, within bounds. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Desk, openDesk } from './desk.ts';

let desk: Desk;
beforeAll(async () => {
  desk = await openDesk();
});

describe('each line', () => {
  it('has its outcome, in its order and under its number; a wrong one spoils no other', async () => {
    const { status, headers, lines } = await desk.bulk([
      { put: { id: 'a', text: 'one' } },
      { put: { id: 'a', text: 'two' }, ifVersion: 'absent' },
      '{"put":',
      { put: { id: 'b', text: 'x', colour: 'red' } },
      '',
      { patch: { id: 'a', title: 'A' }, ifVersion: 1 },
      { patch: { id: 'nobody', title: 'A' } },
      { delete: { id: 'a' }, idempotencyKey: 'k1' },
      { delete: { id: 'a' }, idempotencyKey: 'k1' },
      { delete: { id: 'other' }, idempotencyKey: 'k1' },
      { put: { id: 'c', text: 'x' }, delete: { id: 'c' } },
      { put: { id: 'd', text: 'x' }, ifVersion: 'maybe' },
      { put: { id: 'e', text: 'x' } },
      { put: { id: 'e', text: 'x' }, ifChanged: true },
      { put: { id: 'e', text: 'y' }, ifChanged: true },
      { delete: { id: 'e' }, ifChanged: true },
    ]);
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(lines).toMatchObject([
      { line: 1, status: 201, id: 'a', outcome: 'created', version: 1, replayed: false },
      { line: 2, status: 412, code: 'version_conflict', version: 1 },
      { line: 3, status: 400, code: 'body_unreadable' },
      { line: 4, status: 400, code: 'request_invalid', errors: [{ field: 'put.colour', expected: 'no such field' }] },
      { line: 6, status: 200, outcome: 'updated', version: 2 },
      { line: 7, status: 404, code: 'document_missing', id: 'nobody' },
      { line: 8, status: 204, outcome: 'deleted', version: 3, replayed: false },
      { line: 9, status: 204, outcome: 'deleted', version: 3, replayed: true },
      { line: 10, status: 422, code: 'key_reused' },
      { line: 11, status: 400, errors: [{ field: 'body', expected: 'one of put, patch and delete' }] },
      { line: 12, status: 400, errors: [{ field: 'ifVersion', expected: 'a version, absent or present' }] },
      { line: 13, status: 201, outcome: 'created', version: 4 },
      { line: 14, status: 200, outcome: 'unchanged', version: 4, replayed: false },
      { line: 15, status: 200, outcome: 'updated', version: 5 },
      { line: 16, status: 400, errors: [{ field: 'ifChanged', expected: 'a put with it' }] },
    ]);
    expect(await desk.documents.get('a')).toBeNull();
  });

  it('whatever stands in the lines, there are as many outcomes, and those that are right are done', async () => {
    const line = fc.oneof(
      fc.record({ put: fc.record({ id: fc.constantFrom('p', 'q', 'r'), text: fc.string({ minLength: 1 }) }) }),
      fc.record({ delete: fc.record({ id: fc.constantFrom('p', 'q', 'r') }) }),
      fc.constantFrom('{', 'null', '[]', '{}', '{"put":1}', '{"delete":{"id":""}}', '\u0000', '"\\ud800"'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 20 }), async (asked) => {
        for (const id of ['p', 'q', 'r']) await desk.bulk([{ delete: { id } }]);
        const wanted = new Map<string, string>();
        const due = asked
          .filter((one) => typeof one !== 'string' || one.trim() !== '')
          .map((one) => {
            if (typeof one === 'string') return 400;
            if ('put' in one) {
              const status = wanted.has(one.put.id) ? 200 : 201;
              wanted.set(one.put.id, one.put.text);
              return status;
            }
            return wanted.delete(one.delete.id) ? 204 : 404;
          });
        const { lines } = await desk.bulk(asked);
        expect(lines.map((one) => one['status'])).toEqual(due);
        for (const id of ['p', 'q', 'r'])
          expect((await desk.documents.get(id))?.document.text ?? undefined).toBe(wanted.get(id));
      }),
      { numRuns: 60, seed: 7 },
    );
  });
});

describe('the whole', () => {
  const lines = (count: number): string[] => Array.from({ length: count }, (_, n) => `{"delete":{"id":"none${n}"}}`);

  it.each([
    ['too many lines', lines(21).join('\n'), {}, 413, 'body_too_large'],
    ['too many bytes', `{"put":{"id":"z","text":"${'x'.repeat(65_536)}"}}`, {}, 413, 'body_too_large'],
    ['none', '\n \n', {}, 400, 'body_unreadable'],
    ['another type', '{}', { 'content-type': 'application/json' }, 415, 'media_type_unsupported'],
  ])('%s: nothing is done', async (_, body, headers, status, code) => {
    const told = await desk.bulk([body], '/documents/bulk', headers);
    expect([told.status, told.body['code']]).toEqual([status, code]);
    expect(await desk.documents.get('z')).toBeNull();
  });

  it('as many lines as may be, with the ends that Windows writes', async () => {
    const told = await desk.bulk([lines(20).join('\r\n')]);
    expect(told.lines.map((one) => one['status'])).toEqual(Array(20).fill(404));
  });

  it('refresh=wait waits for the last of them', async () => {
    const seen: number[] = [];
    const waiting = await openDesk({ visible: async (version) => void seen.push(version) });
    const told = await waiting.bulk(
      [{ put: { id: '1', text: 'x' } }, { put: { id: '2', text: 'x' } }, { delete: { id: 'none' } }],
      '/documents/bulk?refresh=wait',
    );
    expect([seen, told.headers.get('document-visible')]).toEqual([[2], 'true']);
    await waiting.bulk(['{'], '/documents/bulk?refresh=wait');
    expect(seen).toEqual([2]);
  });

  it('says of each that there is no room', async () => {
    const full = await openDesk({ documentsMax: 1 });
    const { lines } = await full.bulk([{ put: { id: '1', text: 'x' } }, { put: { id: '2', text: 'x' } }]);
    expect(lines).toMatchObject([{ status: 201 }, { status: 503, code: 'changes_full', id: '2' }]);
  });
});
