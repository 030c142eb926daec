/** Who asks a search, as far as experiments may know it? Looked at only while people are told apart. */
import { keyIdOf } from './auth/index.ts';
import {
  ARM_HEADER,
  type Asker,
  armsAsked,
  type Experiments,
  type Given,
  SESSION_HEADER,
  subjectOf,
  USER_HEADER,
} from './canary/index.ts';
import type { HttpRequest, LentRequest, RequestHead } from './http.ts';
import { type Caller, calledOf, type FindCaller } from './limits/index.ts';

export interface Askers {
  /** @returns null where everybody is given the same */
  whole(request: HttpRequest): (userId: string | undefined) => Asker | null;
  /** What a request gets while it is lent; null where more of it has to be read. */
  lent(request: LentRequest, client: string): Given | null;
}

export interface AskersParts {
  readonly experiments: Pick<Experiments, 'settled' | 'givenTo'>;
  readonly callerOf: FindCaller;
  /** Whether a request may ask for an arm. */
  readonly mayAsk: (request: RequestHead) => boolean;
}

export function searchAskers({ experiments, callerOf, mayAsk }: AskersParts): Askers {
  return {
    whole: (request) => {
      let caller: Caller | null = null;
      return (userId) => {
        if (experiments.settled !== null) return null;
        const { headers } = request;
        caller ??= callerOf(request);
        const subject = subjectOf({
          userId: userId ?? headers.get(USER_HEADER),
          sessionId: headers.get(SESSION_HEADER),
          key: keyIdOf(request),
          caller,
        });
        const asked = armsAsked(headers.get(ARM_HEADER));
        return { subject, asked: asked !== null && mayAsk(request) ? asked : null };
      };
    },
    lent: (request, client) => {
      // Who he is stands in the address, or what he asks for has to be allowed: that takes the whole of it.
      if (request.getHeader(ARM_HEADER) !== '' || request.getQuery()?.includes('user_id') === true) return null;
      const subject = subjectOf({
        userId: request.getHeader(USER_HEADER),
        sessionId: request.getHeader(SESSION_HEADER),
        key: null,
        caller: callerOf(calledOf(request, client)),
      });
      return experiments.givenTo({ subject, asked: null });
    },
  };
}
