import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ErrorLog } from '../../ops/index.ts';
import { refusals } from '../../server/routes.ts';
import { scratchFolder } from '../support/scratch.ts';

it('what a handler threw leaves a line in the log under its path; other refusals leave none', async () => {
  const directory = join(scratchFolder(), 'logs');
  const errors = new ErrorLog({ directory, fileBytesMax: 2 ** 20, filesKept: 1 });
  const refuse = refusals({ errors, clock: { nowUs: () => 0, wallMs: () => 0 } });
  const headers = new Map([['x-request-id', 'mine']]);
  const of = (path: string) => ({ headers, path });
  const refused = [
    refuse({ kind: 'method_not_allowed', allowed: ['GET'] }, of('/search')),
    refuse({ kind: 'body_too_large', bytesMax: 5 }, of('/search')),
    refuse({ kind: 'not_found', path: '/wp-login.php' }, of('/wp-login.php')),
  ];
  expect(refused.map(({ status }) => status)).toEqual([405, 413, 404]);
  await errors.flush();
  expect(existsSync(join(directory, 'api_errors.log'))).toBe(false);
  const thrown = refuse({ kind: 'internal', error: new Error('boom') }, of('/stats/slo'));
  expect([thrown.status, thrown.served?.requestId]).toEqual([500, 'mine']);
  await errors.flush();
  const line = JSON.parse(readFileSync(join(directory, 'api_errors.log'), 'utf8')) as Record<string, string>;
  expect(line).toMatchObject({ requestId: 'mine', endpoint: '/stats/slo', code: 'internal' });
  expect(line['detail']).toContain('boom');
});
