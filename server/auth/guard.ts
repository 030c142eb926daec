/** Every route behind the one decision, and each refusal as an answer. */
import { answerOf } from '../admission.ts';
import { type Admitted, type Handle, type HttpAnswer, NOT_SERVED, type RequestHead, type Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { formatOfAnswer, problem } from '../wire/index.ts';
import { rememberKey } from './identity.ts';
import { type Decision, type JudgeParts, judgeRequest } from './judge-request.ts';
import { keyInAddress } from './key.ts';
import { needOf } from './route-scopes.ts';
import { SITE_HEADERS } from './same-site.ts';

type Refused = Exclude<Decision, { kind: 'pass' }>;
type Headers = readonly (readonly [string, string])[];

/** @throws Error for a route without an entry in the table of needs */
export const guarded = (routes: readonly Route[], parts: JudgeParts): Route[] =>
  routes.map((route) => {
    const need = needOf(route);
    const open = need.area === 'public' || parts.settings.openTo[need.area] === 'open';
    const admit = (head: RequestHead): Admitted | Promise<Admitted> => {
      const decision = judgeRequest(parts, need, head);
      if (decision.kind !== 'pass') return refusalOf(decision, head);
      if (decision.keyId !== null) rememberKey(head, decision.keyId);
      return route.admit?.(head) ?? route.handle;
    };
    const handle: Handle = (request) => answerOf(admit(request), request);
    const { method, path, endpoint, bodyBytesMax } = route;
    const headersRead = [...(open ? [] : SITE_HEADERS), ...(route.headersRead ?? [])];
    // Named one by one: another way in that a route may have would lead past the guard.
    return {
      method,
      path,
      admit,
      handle,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(bodyBytesMax === undefined ? {} : { bodyBytesMax }),
      ...(headersRead.length === 0 ? {} : { headersRead }),
      ...(open && route.ready !== undefined ? { ready: anonymously(route.ready) } : {}),
    };
  });

/** Who shows no key has nothing to be judged: where all may ask, what is ready for him is given at once. */
const anonymously =
  (ready: NonNullable<Route['ready']>): NonNullable<Route['ready']> =>
  (lent, client) =>
    lent.getHeader('authorization') === '' &&
    lent.getHeader('x-api-key') === '' &&
    keyInAddress(lent.getQuery() ?? '') === null
      ? ready(lent, client)
      : null;

function refusalOf(decision: Refused, { headers }: RequestHead): HttpAnswer {
  const requestId = requestIdOf(headers.get('x-request-id'));
  const [refusal, told] = tell(decision, requestId, headers);
  const answer = problemAnswer(refusal, formatOfAnswer(headers.get('accept')) ?? 'json');
  return {
    ...answer,
    headers: [...(answer.headers ?? []), ['cache-control', 'no-store'], ...told],
    served: { ...NOT_SERVED, requestId },
  };
}

function tell(decision: Refused, requestId: string, headers: RequestHead['headers']) {
  const of = (code: Parameters<typeof problem>[0], detail: string, told: Headers = []) =>
    [problem(code, detail, requestId), told] as const;
  switch (decision.kind) {
    case 'in_address':
      return of(
        'request_invalid',
        `A key in the address stays in logs and histories: rotate ${decision.id}, and send its successor as Authorization: Bearer or X-Api-Key`,
      );
    case 'unauthorized':
      return of('unauthorized', decision.detail, challenges(decision.offered, headers));
    case 'forbidden':
      return of('forbidden', decision.detail, [
        ...(decision.scopes.length === 0
          ? []
          : [
              [
                'www-authenticate',
                `Bearer realm="wp-chat", error="insufficient_scope", scope="${decision.scopes.join(' ')}"`,
              ] as const,
            ]),
      ]);
    case 'slow_down': {
      const seconds = Math.ceil(decision.waitMs / 1000);
      return of('rate_limited', `Too many wrong keys came from here: wait ${seconds} s`, [
        ['retry-after', String(seconds)],
      ]);
    }
  }
}

/** RFC 6750. A person who opens a page is asked by the browser; a script that fetches is not interrupted by its prompt. */
function challenges(offered: boolean, headers: RequestHead['headers']): Headers {
  const bearer = ['www-authenticate', `Bearer realm="wp-chat"${offered ? ', error="invalid_token"' : ''}`] as const;
  const basic = ['www-authenticate', 'Basic realm="wp-chat: the key is the password", charset="UTF-8"'] as const;
  return headers.get('sec-fetch-mode') === 'navigate' ? [bearer, basic] : [bearer];
}
