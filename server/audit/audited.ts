/** Every act of an operator is taken down before it is answered; those that were refused, too. */
import type { AuditAct } from '../../ops/audit/index.ts';
import { answerOf } from '../admission.ts';
import type { Admitted, HttpAnswer, HttpRequest, RequestHead, Route } from '../http.ts';
import { actOf, isAct, refusedAct } from './act-of.ts';
import type { AuditDesk } from './audit-desk.ts';

export interface AuditedParts {
  readonly audit: Pick<AuditDesk, 'append' | 'refused'>;
  readonly bodyDepthMax: number;
  /** Told of each act when it is done. */
  readonly done: (act: AuditAct) => void;
}

/** @param routes with whatever decides who may ask: what that refuses is taken down here */
export const audited = (routes: readonly Route[], parts: AuditedParts): Route[] =>
  routes.map((route) => (isAct(route) ? recorded(route, parts) : route));

function recorded(route: Route, parts: AuditedParts): Route {
  const settled = (admitted: Admitted, head: RequestHead): Admitted => {
    if (typeof admitted === 'function') return (request) => told(route, request, parts, async () => admitted(request));
    parts.audit.refused({ ...refusedAct(route, head), code: codeOf(admitted) });
    return admitted;
  };
  // What is refused at once stays refused before the body comes.
  const admit = (head: RequestHead): Admitted | Promise<Admitted> => {
    const admitted = route.admit?.(head) ?? route.handle;
    return admitted instanceof Promise ? admitted.then((late) => settled(late, head)) : settled(admitted, head);
  };
  return { ...route, admit, handle: (request) => answerOf(admit(request), request) };
}

async function told(
  route: Route,
  request: HttpRequest,
  { audit, bodyDepthMax, done }: AuditedParts,
  answer: () => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  // Before it is done: what was asked may be otherwise afterwards.
  const act = actOf(route, request, bodyDepthMax);
  try {
    const answered = await answer();
    const outcome = answered.status < 400 ? 'done' : answered.status < 500 ? 'refused' : 'failed';
    const whole = { ...act, outcome, code: outcome === 'done' ? '' : codeOf(answered) } as const;
    await audit.append(whole);
    if (outcome === 'done') done(whole);
    return answered;
  } catch (error) {
    await audit.append({ ...act, outcome: 'failed', code: 'internal' });
    throw error;
  }
}

/** Of the problem that it is; its status where that cannot be read. */
function codeOf({ status, contentType, body }: HttpAnswer): string {
  if (contentType !== 'application/problem+json' || (typeof body !== 'string' && !(body instanceof Uint8Array)))
    return String(status);
  const { code } = JSON.parse(typeof body === 'string' ? body : Buffer.from(body).toString()) as { code?: string };
  return code ?? String(status);
}
