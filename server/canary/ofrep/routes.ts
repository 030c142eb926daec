/** Experiments as flags for clients of OpenFeature: one, or all with a tag that says when they have changed. */
import { createHash } from 'node:crypto';
import { inputOf } from '../../admin/index.ts';
import type { HttpAnswer, HttpRequest, Route } from '../../http.ts';
import { requestIdOf } from '../../request-id.ts';
import type { Subject } from '../assignment/index.ts';
import type { Experiments } from '../experiments.ts';
import { experimentOf } from '../state.ts';
import { type FlagError, flagOf, subjectOfContext } from './evaluate.ts';

export const OFREP_FLAGS = '/ofrep/v1/evaluate/flags';
export const OFREP_FLAG = `${OFREP_FLAGS}/:key`;
const TAG_CHARS = 22;

const told = (status: number, value: object, headers: HttpAnswer['headers'] = []): HttpAnswer => ({
  status,
  contentType: 'application/json',
  body: JSON.stringify(value),
  headers: [['cache-control', 'no-store'], ...headers],
});

export const ofrepRoutes = (experiments: Experiments, { bodyDepthMax }: { bodyDepthMax: number }): Route[] => [
  {
    method: 'POST',
    path: OFREP_FLAG,
    handle: (request) => {
      const key = decoded(request.path.slice(OFREP_FLAGS.length + 1));
      const subject = subjectOf(request, bodyDepthMax);
      if ('errorCode' in subject) return told(400, { key, ...subject });
      const { state, board } = experiments.desk;
      const one = experimentOf(state, key);
      if (one === undefined)
        return told(404, { key, errorCode: 'FLAG_NOT_FOUND', errorDetails: 'No experiment of that name' });
      const flag = flagOf(one, board, subject);
      return told('errorCode' in flag ? 400 : 200, flag);
    },
  },
  {
    method: 'POST',
    path: OFREP_FLAGS,
    handle: (request) => {
      const subject = subjectOf(request, bodyDepthMax);
      if ('errorCode' in subject) return told(400, subject);
      const { state, board } = experiments.desk;
      const answer = { flags: state.experiments.map((one) => flagOf(one, board, subject)) };
      const digest = createHash('sha256').update(JSON.stringify(answer)).digest('base64url').slice(0, TAG_CHARS);
      const etag = `"${digest}"`;
      if (request.headers.get('if-none-match') === etag)
        return {
          status: 304,
          contentType: '',
          body: '',
          headers: [
            ['etag', etag],
            ['cache-control', 'no-store'],
          ],
        };
      return told(200, answer, [['etag', etag]]);
    },
  },
];

function subjectOf(request: HttpRequest, bodyDepthMax: number): Subject | FlagError {
  const read = inputOf(request, bodyDepthMax, requestIdOf(request.headers.get('x-request-id')));
  if ('problem' in read) return { errorCode: 'PARSE_ERROR', errorDetails: read.problem.detail };
  const { input } = read;
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    return { errorCode: 'PARSE_ERROR', errorDetails: 'body: expected an object with a context' };
  return subjectOfContext((input as { context?: unknown }).context);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
