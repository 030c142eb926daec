import { EngineError } from '../../errors.ts';
import { isLoopbackUrl } from '../address-guard.ts';

/** An application password (WordPress 5.6 and newer) and its user. */
export interface SourceCredentials {
  readonly user: string;
  readonly password: string;
}

/** From WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD; null when neither is set. */
export function credentialsFromEnv(env: Readonly<Record<string, string | undefined>>): SourceCredentials | null {
  const user = env['WP_CHAT_SOURCE_USER'] ?? '';
  const password = env['WP_CHAT_SOURCE_PASSWORD'] ?? '';
  if (user === '' && password === '') return null;
  if (user !== '' && password !== '') return { user, password };
  const field = user === '' ? 'WP_CHAT_SOURCE_USER' : 'WP_CHAT_SOURCE_PASSWORD';
  throw new EngineError('config_invalid', `Cannot use half of the source's credentials: ${field} is empty`, {
    field,
    expected: 'both WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD, or neither',
  });
}

/** The Authorization header for one origin (RFC 7617). Refused over plain http, this machine excepted. */
export function basicAuthorization(
  from: URL,
  credentials: SourceCredentials | null,
): { origin: string; authorization: string } | null {
  if (credentials === null) return null;
  if (from.protocol !== 'https:' && !isLoopbackUrl(from)) {
    throw new EngineError('source_refused', `Cannot send a password over plain http: ${from.origin}`, {
      field: 'from',
      value: from.origin,
      remedy: `Use https://${from.host}, or unset WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD`,
    });
  }
  const pair = Buffer.from(`${credentials.user}:${credentials.password}`, 'utf8').toString('base64');
  return { origin: from.origin, authorization: `Basic ${pair}` };
}
