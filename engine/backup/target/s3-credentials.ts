/** Who are we to an S3 service? Its keys come from the environment and are shown nowhere. */
import { EngineError } from '../../errors.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Ours before those that other tools use, so that backups can have keys of their own. */
const VARIABLES = [
  ['WP_CHAT_BACKUP_ACCESS_KEY_ID', 'WP_CHAT_BACKUP_SECRET_ACCESS_KEY'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
] as const;

/** @throws EngineError config_invalid */
export function credentialsFrom(
  environment: Readonly<Record<string, string | undefined>>,
  target: string,
): S3Credentials {
  for (const [id, secret] of VARIABLES) {
    const [accessKeyId, secretAccessKey] = [environment[id]?.trim() ?? '', environment[secret]?.trim() ?? ''];
    if (accessKeyId !== '' && secretAccessKey !== '') return { accessKeyId, secretAccessKey };
    if (accessKeyId !== '' || secretAccessKey !== '') throw missing(target, accessKeyId === '' ? id : secret);
  }
  throw missing(target, VARIABLES[0].join(' and '));
}

const missing = (target: string, names: string): EngineError =>
  new EngineError('config_invalid', `No keys for ${target}: ${names} is not set in the environment`, {
    field: 'backup.target',
    value: target,
    expected: VARIABLES.map((pair) => pair.join(' and ')).join(', or '),
    remedy: 'Set both in the environment of the process; they are never read from a file or a flag',
  });
