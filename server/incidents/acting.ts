/** Who acts on an incident, and on which version of it? */
import type { By } from '../../ops/incidents/index.ts';
import { keyIdOf } from '../auth/index.ts';
import type { HttpRequest } from '../http.ts';

export interface Who {
  readonly assigned_to?: string | undefined;
  readonly expected_version?: number | undefined;
}

export function byOf({ assigned_to: name, expected_version: expectedVersion }: Who, request: HttpRequest): By {
  const from = keyIdOf(request) ?? 'loopback';
  return { by: name === undefined ? from : `${name} (${from})`, expectedVersion };
}

/** `/admin/incidents/:id/…` */
export const idIn = ({ path }: Pick<HttpRequest, 'path'>): string => path.split('/')[3] ?? '';
