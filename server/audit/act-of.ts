/** What does a request ask for, as the audit log has it: who, from where, what, with which parameters? */
import type { AuditAct } from '../../ops/audit/index.ts';
import { inputOf } from '../admin/index.ts';
import { claimedKeyId, keyIdOf } from '../auth/index.ts';
import type { HttpRequest, RequestHead, Route } from '../http.ts';
import { parseQueryString } from '../wire/index.ts';

/** What changes something, or would: reading is no act. Documents have a journal of their own, and their writers are no operators. */
export const isAct = ({ method, path }: Route): boolean => method !== 'GET' && path.startsWith('/admin/');

/** `POST /admin/cache/clear` → `cache.clear`; `DELETE /admin/backup/:id` → `backup.delete`; `POST /admin/keys` → `keys.create`. */
export function actionOf({ method, path }: Pick<Route, 'method' | 'path'>): string {
  const words = path
    .replace(/^\/(admin\/)?/, '')
    .split('/')
    .filter((word) => !word.startsWith(':'));
  if (method === 'POST') return words.length === 1 ? `${words[0]}.create` : words.join('.');
  return [...words, method.toLowerCase()].join('.');
}

/** Nothing of it was read but its head: it was not let through. */
export function refusedAct(
  route: Route,
  head: RequestHead,
): Pick<AuditAct, 'actor' | 'address' | 'action' | 'parameters'> {
  const claimed = claimedKeyId(head);
  return {
    ...by(head),
    actor: keyIdOf(head) ?? '',
    action: actionOf(route),
    // Nobody has shown that it is his.
    parameters: { ...inAddress(route, head), ...(claimed === null ? {} : { claimed }) },
  };
}

export function actOf(
  route: Route,
  request: HttpRequest,
  bodyDepthMax: number,
): Pick<AuditAct, 'actor' | 'address' | 'action' | 'parameters'> {
  return {
    ...by(request),
    actor: keyIdOf(request) ?? 'loopback',
    action: actionOf(route),
    parameters: { ...inAddress(route, request), ...inBody(request, bodyDepthMax) },
  };
}

const by = ({ client, caller }: RequestHead): { address: string } => ({ address: caller ?? client });

function inAddress({ path }: Route, { path: asked, query }: RequestHead): object {
  const parts = asked.split('/');
  const named = path.split('/').flatMap((word, at): [string, string][] => {
    return word.startsWith(':') ? [[word.slice(1), parts[at] ?? '']] : [];
  });
  return { ...parseQueryString(query), ...Object.fromEntries(named) };
}

function inBody(request: HttpRequest, bodyDepthMax: number): object {
  const { body } = request;
  if (body.length === 0) return {};
  const read = inputOf(request, bodyDepthMax, '');
  if ('problem' in read) return { bytes: body.length };
  const { input } = read;
  return typeof input === 'object' && input !== null && !Array.isArray(input) ? input : { bytes: body.length };
}
