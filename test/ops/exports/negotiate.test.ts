import fc from 'fast-check';
import { expect, it } from 'vitest';
import { negotiate } from '../../../ops/exports/index.ts';

it.each([
  [null, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  ['text/plain', 'text'],
  ['text/*', 'text'],
  ['application/openmetrics-text', 'openmetrics'],
  ['Application/OpenMetrics-Text; Version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text; version="1.0.0"; charset=utf-8', 'openmetrics'],
  ['application/openmetrics-text;version=0.0.1', 'text'],
  ['application/openmetrics-text;version=2.0.0', 'text'],
  ['application/openmetrics-text;q=0', 'text'],
  ['application/*', 'openmetrics'],
  ['application/*, */*', 'text'],
  ['text/plain;q=0.5, application/openmetrics-text;q=0.7', 'openmetrics'],
  ['text/plain;q=0.7, application/openmetrics-text;q=0.5', 'text'],
  ['text/plain, application/openmetrics-text', 'openmetrics'],
  ['application/openmetrics-text;q=0.2, */*;q=0.1', 'openmetrics'],
  ['application/openmetrics-text;q=0.1, */*;q=0.2', 'text'],
  ['application/openmetrics-text;q=0.1, text/plain;version=0.0.4;q=0, */*', 'openmetrics'],
  ['image/png', 'text'],
  [
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,/;q=0.1',
    'openmetrics',
  ],
] as const)('Accept: %s is answered as %s', (accept, format) => {
  expect(negotiate(accept)).toBe(format);
});

it('any header is answered', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.stringMatching(/^([a-z*]{0,5}\/?[a-z*]{0,5};? ?(q=[\d.]{0,5})?,?){0,9}$/),
      ),
      (accept) => {
        expect(['openmetrics', 'text']).toContain(negotiate(accept));
      },
    ),
  );
});
