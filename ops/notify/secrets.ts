/** What do receivers know us by? Secrets come from the environment, and are shown nowhere. */
import { EngineError } from '../../engine/errors.ts';
import type { NotifySettings } from './settings.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What each channel's variable holds; null of a channel that needs none. */
export type Secrets = ReadonlyMap<string, string | null>;

/**
 * @throws EngineError config_invalid, one line for each variable that is not set or cannot be what the channel needs
 */
export function secretsFrom({ channels }: NotifySettings, environment: Environment): Secrets {
  const secrets = new Map<string, string | null>();
  const faults: string[] = [];
  for (const [name, channel] of Object.entries(channels)) {
    const secret = channel.secret === '' ? null : (environment[channel.secret]?.trim() ?? '');
    secrets.set(name, secret);
    const wrong = secret === null ? null : faultOf(secret, channel.kind);
    if (wrong !== null)
      faults.push(`incidents.notify.channels.${name}.secret: ${channel.secret} ${wrong}; set it in the environment`);
  }
  if (faults.length > 0)
    throw new EngineError('config_invalid', faults.join('\n'), { field: 'incidents.notify.channels' });
  return secrets;
}

/** Without its value, which may be right for something else. */
function faultOf(secret: string, kind: string): string | null {
  if (secret === '') return 'is not set';
  // A key stands in a header or an address.
  if (!/^[\x21-\x7e]+$/.test(secret) && kind !== 'smtp' && kind !== 'webhook')
    return 'has characters that no key has: expected printable ones without spaces';
  if (kind === 'slack' && !(URL.canParse(secret) && /^https?:$/.test(new URL(secret).protocol)))
    return 'is no address: expected the whole of an incoming webhook, such as https://hooks.slack.com/services/…';
  return null;
}
