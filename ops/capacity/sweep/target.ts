/** Whom may a sweep load? This machine only: a load test of somebody else's machine is an attack. */
import { EngineError } from '../../../engine/errors.ts';
import type { Target } from './connection.ts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const PORT_DEFAULT = 80;

/** @param command that loads it, for what is said. @throws EngineError request_invalid where it is no http address of this machine */
export function loopbackTarget(url: string, command = 'capacity'): Target {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || parsed.protocol !== 'http:')
    throw refusal(`--url: expected an http:// address, got: ${url}`, url, command);
  if (!LOOPBACK.test(parsed.hostname))
    throw refusal(`--url: only this machine itself may be put under load, got: ${url}`, url, command);
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  // Not a name: the generator must not look one up for each connection.
  return { host: host === 'localhost' ? '127.0.0.1' : host, port: Number(parsed.port) || PORT_DEFAULT };
}

const refusal = (detail: string, value: string, command: string): EngineError =>
  new EngineError('request_invalid', detail, {
    field: 'url',
    value,
    expected: 'an address on 127.0.0.1, [::1] or localhost',
    remedy: `Run it on the machine that serves: wp-chat ${command} --url http://127.0.0.1:8080`,
  });
