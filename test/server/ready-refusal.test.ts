/** The refusal that is written before a question is read says what the one says that is written after. */
import { describe, expect, it } from 'vitest';
import type { LentRequest } from '../../server/http.ts';
import { problemAnswer } from '../../server/problem-answer.ts';
import { readyRefusal } from '../../server/ready-refusal.ts';
import { problem } from '../../server/wire/index.ts';

const lent = (headers: Readonly<Record<string, string>>): LentRequest => ({
  getQuery: () => 'q=anything',
  getHeader: (name) => headers[name] ?? '',
  forEach: () => {},
});

function refusing() {
  const told = { times: 0 };
  const refuse = readyRefusal('overloaded', 'Full', () => {
    told.times += 1;
  });
  return { refuse, told };
}

describe('a refusal that is ready', () => {
  it.each(['json', 'msgpack'] as const)('is to the byte the one that others get, as %s', (format) => {
    const { refuse, told } = refusing();
    for (const requestId of ['a', 'mine-1', 'x'.repeat(64), 'b']) {
      const usual = problemAnswer(problem('overloaded', 'Full', requestId), format);
      const ready = refuse(
        lent({ accept: format === 'json' ? '' : 'application/msgpack', 'x-request-id': requestId }),
      )!;
      expect(Buffer.from(ready.body!)).toEqual(Buffer.from(usual.body as Uint8Array));
      expect([ready.status, ready.served.requestId]).toEqual([usual.status, requestId]);
      const headers = [
        ['content-type', usual.contentType],
        ...usual.headers!.filter(([name]) => name !== 'x-request-id'),
      ];
      expect(ready.headers).toEqual(headers);
    }
    expect(told.times).toBe(4);
  });

  it('is none for who says how urgent he is, since he may go first or wait', () => {
    const { refuse, told } = refusing();
    expect([refuse(lent({ priority: 'u=1' })), refuse(lent({ 'sec-purpose': 'prefetch' }))]).toEqual([null, null]);
    expect(told.times).toBe(0);
  });
});
