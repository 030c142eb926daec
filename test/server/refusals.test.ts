import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ErrorLog, Recorder } from '../../ops/index.ts';
import { refusals } from '../../server/routes.ts';
import { scratchFolder } from '../support/scratch.ts';

it('a refusal is recorded under the path of the route it was meant for, anything else as other', () => {
  const recorder = new Recorder();
  const errors = new ErrorLog({ directory: join(scratchFolder(), 'logs'), fileBytesMax: 2 ** 20, filesKept: 1 });
  let nowUs = 0;
  // Every look at the clock is 2 ms later than the last.
  const clock = { nowUs: () => (nowUs += 2000), wallMs: () => 0 };
  const refuse = refusals({ recorder, errors, clock, routes: [{ path: '/search' }] });
  const headers = new Map<string, string>();
  refuse({ kind: 'method_not_allowed', allowed: ['GET'] }, { headers, path: '/search' });
  refuse({ kind: 'body_too_large', bytesMax: 5 }, { headers, path: '/search' });
  refuse({ kind: 'not_found', path: '/wp-login.php' }, { headers, path: '/wp-login.php' });
  const { '/search': search, other, ...rest } = recorder.snapshot();
  expect(rest).toEqual({});
  expect([search!.outcomes.client_error, other!.outcomes.client_error]).toEqual([2, 1]);
  expect([search!.p50Ms, other!.p50Ms].map(Math.round)).toEqual([2, 2]);
});
