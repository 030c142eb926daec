/** From what an operator set to channels that can be sent to. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../../engine/clock.ts';
import { EngineError } from '../../../engine/errors.ts';
import { type Environment, secretsFrom } from '../secrets.ts';
import type { ChannelSettings, SmtpSettings } from '../settings/channel-schemas.ts';
import { namesIn } from '../settings/names.ts';
import type { NotifySettings } from '../settings.ts';
import { alertmanager } from './alertmanager.ts';
import type { Channel } from './channel.ts';
import { type HttpReceiver, httpChannel } from './http-channel.ts';
import { opsgenie } from './opsgenie.ts';
import { pagerDuty } from './pagerduty.ts';
import { SLACK_PACE_MS, slack } from './slack.ts';
import { smtpChannel } from './smtp.ts';
import { webhook } from './webhook.ts';

/** Nobody takes offence at ten a second; an incident has few. */
const PACE_MS = 100;

/**
 * By name.
 *
 * @throws EngineError config_invalid where a secret is missing or a file of authorities cannot be read
 */
export function openChannels(settings: NotifySettings, environment: Environment, clock: Clock): Map<string, Channel> {
  const secrets = secretsFrom(settings, environment);
  return new Map(
    Object.entries(settings.channels).map(([name, channel]) => [
      name,
      openChannel(name, channel, secrets.get(name) ?? null, clock),
    ]),
  );
}

function openChannel(name: string, settings: ChannelSettings, secret: string | null, clock: Clock): Channel {
  if (settings.kind === 'smtp') return openSmtp(name, settings, secret);
  const { kind, severityMin, deadlineMs } = settings;
  const paceMs = kind === 'slack' ? SLACK_PACE_MS : PACE_MS;
  const terms = { name, kind, severityMin, paceMs, deadlineMs, secrets: partsOf(secret), clock };
  return httpChannel(terms, receiverOf(name, settings, secret, clock));
}

function receiverOf(
  name: string,
  settings: Exclude<ChannelSettings, SmtpSettings>,
  secret: string | null,
  clock: Clock,
): HttpReceiver {
  switch (settings.kind) {
    case 'pagerduty':
      return pagerDuty({ url: bare(settings.url), routingKey: secret!, changes: settings.changes });
    case 'opsgenie':
      return opsgenie({ url: bare(settings.url), apiKey: secret! });
    case 'slack':
      return slack(secret!);
    case 'alertmanager':
      return alertmanager({ url: bare(settings.url), token: secret, clock });
    case 'webhook':
      return webhook({ url: settings.url, receiver: name, secret, clock });
  }
}

function openSmtp(name: string, settings: SmtpSettings, secret: string | null): Channel {
  const { severityMin, deadlineMs, host, port, tls, caFile, user, from, to } = settings;
  return smtpChannel({
    name,
    severityMin,
    deadlineMs,
    host,
    port,
    tls,
    authorities: caFile === '' ? null : read(caFile, `incidents.notify.channels.${name}.caFile`),
    login: secret === null ? null : { user, password: secret },
    from,
    to: namesIn(to),
  });
}

/** Of an address that is a secret, its path and the end of that are secrets too. */
function partsOf(secret: string | null): string[] {
  if (secret === null) return [];
  if (!URL.canParse(secret)) return [secret];
  const { pathname } = new URL(secret);
  return [secret, pathname, pathname.slice(pathname.lastIndexOf('/') + 1)].filter((part) => part.length > 1);
}

const bare = (url: string): string => url.replace(/\/$/, '');

function read(file: string, field: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const place = { field, value: file, expected: 'a PEM file that can be read' };
    throw new EngineError(
      'config_invalid',
      `${field}: expected a PEM file that can be read, got ${file}`,
      place,
      error,
    );
  }
}
