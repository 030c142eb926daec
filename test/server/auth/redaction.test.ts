import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshKey, keyInAddress, withoutSecrets } from '../../../server/auth/key.ts';
import { createKey } from '../../../server/auth/key-making.ts';
import { RedactedErrorLog } from '../../../server/auth/redacted-log.ts';
import { refusals } from '../../../server/routes.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { startSampleServer } from '../../support/server.ts';

const secretOf = (text: string): string => text.split('.')[1]!;

describe('a secret', () => {
  it('is blotted out wherever it stands in a text, its id is not', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const { id, text } = freshKey();
        const shown = withoutSecrets(`${before}${text} ${after}`);
        expect(shown).not.toContain(secretOf(text));
        expect(shown).toContain(`${id}.***`);
      }),
    );
  });

  it('is found in an address however its letters are encoded', () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.constantFrom(0, 1, 2)), fc.webQueryParameters(), (ways, rest) => {
        const { id, text } = freshKey();
        const encoded = [...text].map((letter) => {
          const digits = letter.charCodeAt(0).toString(16);
          const { value } = ways.next() as { value: number };
          return value === 0 ? letter : `%${value === 1 ? digits : digits.toUpperCase()}`;
        });
        expect(keyInAddress(`${rest}&k=${encoded.join('')}`)).toBe(id);
      }),
    );
  });

  it('that an error quotes is not in the log', async () => {
    const directory = join(scratchFolder(), 'logs');
    const errors = new RedactedErrorLog({ directory, fileBytesMax: 2 ** 20, filesKept: 1 });
    const { id, text } = freshKey();
    const refuse = refusals({ errors, clock: { nowUs: () => 0, wallMs: () => 0 } });
    refuse({ kind: 'internal', error: new Error(`cannot read ${text}`) }, { headers: new Map(), path: `/${text}` });
    await errors.flush();
    const log = readFileSync(join(directory, 'api_errors.log'), 'utf8');
    expect(log).toContain(`cannot read ${id}.***`);
    expect(log).not.toContain(secretOf(text));
  });

  it('is in no file and on no terminal of a server, wherever callers put it', async () => {
    const file = join(scratchFolder(), 'keys.json');
    const { key } = createKey(file, { name: 'a', scopes: ['admin'], from: [], lifetimeMs: null }, Date.now());
    const index = join(scratchFolder(), 'logs');
    const server = await startSampleServer({ set: [`server.auth.keysFile=${file}`, `logs.directory=${index}`] });
    const sent: [string, RequestInit][] = [
      [`/search?q=${key}`, {}],
      [`/${key}`, {}],
      ['/search?q=redis&mode=bm25', { headers: { authorization: `Bearer ${key}` } }],
      ['/admin/keys', { headers: { 'x-api-key': key } }],
      [
        '/search',
        { method: 'POST', body: `{"q":"${key}","topk":"${key}"}`, headers: { 'content-type': 'application/json' } },
      ],
      ['/stats/slo', { headers: { 'x-request-id': key.slice(0, 60), authorization: `Basic ${key}` } }],
    ];
    for (const [path, options] of sent) await (await fetch(server.url + path, options)).arrayBuffer();
    await server.stop();
    const files = readdirSync(index, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files)
      expect(readFileSync(join(parentPath, name), 'latin1'), name).not.toContain(secretOf(key).slice(0, 20));
    expect(server.said()).not.toContain(secretOf(key));
  });
});
