/**
 * Which addresses a crawl may touch: the defence against server-side request forgery (OWASP API7:2023).
 *
 * Pure: it names hosts and judges addresses; resolving and pinning are done by the dialler, which asks here before every
 * connection. Only globally routable unicast passes by default (RFC 6890 and the IANA special-purpose registries).
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { EngineError } from '../errors.ts';
import { withoutTrailing } from '../trim-end.ts';

/**
 * `private` covers RFC 1918, carrier-grade NAT and unique local IPv6; `forbidden` is what no operator can open: link-local
 * (cloud metadata), unspecified, multicast, reserved, and IPv6 forms that carry an IPv4 address (mapped, NAT64, 6to4, Teredo).
 */
export type AddressClass = 'public' | 'loopback' | 'private' | 'forbidden';

const PRIVATE_RANGES = new Set(['private', 'carrierGradeNat', 'uniqueLocal']);
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3');

/** Class of an IP address in standard spelling (a zone is allowed); what is not one is forbidden. */
export function classifyAddress(address: string): AddressClass {
  if (isIP(address) === 0) return 'forbidden';
  const parsed = ipaddr.parse(address);
  const range: string = parsed.range();
  if (range === 'loopback') return 'loopback';
  if (PRIVATE_RANGES.has(range)) return 'private';
  if (range !== 'unicast') return 'forbidden';
  return parsed instanceof ipaddr.IPv4 || parsed.match(GLOBAL_IPV6) ? 'public' : 'forbidden';
}

/**
 * A host as it is compared: lower case, no brackets, no trailing dot, and every spelling of an IPv4 address (octal, hex,
 * one number, full-width digits) as four decimals, by the URL Standard's host parser. Null when it is not a host.
 */
export function canonicalHost(host: string): string | null {
  const trimmed = host.trim();
  const bracketed = isIP(trimmed) === 6 ? `[${trimmed}]` : trimmed;
  const shape = bracketed.startsWith('[') ? /^\[[^\]]+\]$/u : /^[^/?#@\\:]+$/u;
  if (!shape.test(bracketed) || !URL.canParse(`http://${bracketed}`)) return null;
  return stripHost(new URL(`http://${bracketed}`).hostname);
}

function stripHost(hostname: string): string {
  return withoutTrailing(hostname.replace(/^\[|\]$/gu, ''), '.');
}

const LOOPBACK_HOSTS = new Set(['127.0.0.1', '::1', 'localhost']);

/** Whether an address points at this machine by its spelling alone. */
export function isLoopbackUrl(url: URL): boolean {
  return LOOPBACK_HOSTS.has(stripHost(url.hostname));
}

export interface AddressGuard {
  /** @throws EngineError source_refused when `url` must not be fetched; `cameFrom` is what led there, null for the operator */
  checkUrl(url: URL, cameFrom: URL | null): void;
  /** @throws EngineError source_refused when `host` must not be reached at `address` */
  checkAddress(host: string, address: string): void;
}

/**
 * @param from what the operator typed: when its host is 127.0.0.1, ::1 or localhost, this machine may be read, but never
 *   by way of another host
 * @param allowPrivateHosts hosts that may be private or loopback, by name or address
 */
export function createAddressGuard(from: URL, allowPrivateHosts: readonly string[]): AddressGuard {
  const namedHosts = new Set(
    allowPrivateHosts.map((host) => {
      const canonical = canonicalHost(host);
      if (canonical !== null) return canonical;
      throw new EngineError('config_invalid', `Cannot allow a private host: not a host name or address: ${host}`, {
        field: 'allowPrivateHosts',
        value: host,
        expected: 'a host name or an IP address without scheme, port or path',
      });
    }),
  );
  const loopbackTyped = isLoopbackUrl(from);

  const checkAddress = (host: string, address: string): void => {
    const addressClass = classifyAddress(address);
    if (addressClass === 'public') return;
    const canonical = stripHost(host.toLowerCase());
    if (addressClass !== 'forbidden' && namedHosts.has(canonical)) return;
    if (addressClass === 'loopback' && loopbackTyped && LOOPBACK_HOSTS.has(canonical)) return;
    throw refusal(host, addressClass, address);
  };

  return {
    checkAddress,
    checkUrl(url, cameFrom) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw refused(`Cannot read a source over ${url.protocol.slice(0, -1)}: only http and https are allowed`, url);
      }
      if (url.username !== '' || url.password !== '') {
        throw new EngineError('source_refused', `Cannot use credentials inside an address: ${url.host}`, {
          field: 'from',
          value: url.host,
          remedy: 'Set WP_CHAT_SOURCE_USER and WP_CHAT_SOURCE_PASSWORD instead',
        });
      }
      if (cameFrom?.protocol === 'https:' && url.protocol === 'http:') {
        throw refused(`Cannot follow ${cameFrom.host} from https to http: ${url.host}`, url);
      }
      const host = stripHost(url.hostname);
      if (isLoopbackUrl(url) && cameFrom !== null && !isLoopbackUrl(cameFrom) && !namedHosts.has(host)) {
        throw refused(`Cannot follow ${cameFrom.host} to this machine: ${url.host}`, url);
      }
      if (isIP(host) !== 0) checkAddress(host, host);
    },
  };
}

function refusal(host: string, addressClass: AddressClass, address: string): EngineError {
  const openable = addressClass !== 'forbidden';
  return new EngineError(
    'source_refused',
    `Cannot reach ${host}: ${openable ? `a ${addressClass}` : 'a special-purpose'} address: ${address}`,
    {
      field: 'from',
      value: address,
      expected: 'a public address',
      ...(openable && { remedy: `Allow this host by name if it is yours: --allow-private-host ${host}` }),
    },
  );
}

function refused(detail: string, url: URL): EngineError {
  return new EngineError('source_refused', detail, { field: 'from', value: url.href });
}
