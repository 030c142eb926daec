/**
 * Who asks, where proxies stand between? The one forwarding header that the configured proxies write is walked from right to left,
 * from the peer on, for as long as the hop is a configured proxy; the first that is none is the client. What stands further left
 * is the client's own word and never looked at. From any other peer the header means nothing.
 *
 * X-Forwarded-For and X-Real-IP have no standard; Forwarded is RFC 7239.
 */
import { forwardingOf } from '../header-lists.ts';
import type { HttpRequest, HttpSettings, LentRequest } from '../http.ts';
import { type Address, parseAddress, printAddress } from './address.ts';
import { includes, type Network, parseNetworks } from './network.ts';

export const FORWARDED_HEADERS = ['x-forwarded-for', 'forwarded', 'x-real-ip'] as const;
export type ForwardedHeader = (typeof FORWARDED_HEADERS)[number];

export interface Caller {
  readonly address: Address;
  /**
   * How it is known: the peer itself; said by a configured proxy; a peer that forwards for others without being one; or only as far
   * as a proxy, since what that said cannot be read.
   */
  readonly known: 'peer' | 'forwarded' | 'stranger' | 'vague';
}

export interface Called extends Pick<HttpRequest, 'client'> {
  readonly headers: Pick<HttpRequest['headers'], 'get' | 'has'>;
}

export type FindCaller = (request: Called) => Caller;

/** Hops that are looked at; a chain that is longer is not read to its end. */
const HOPS_MAX = 32;
/** Where the peer is gone, or is none that has an address. */
const NOBODY: Address = [0, 0, 0, 0];

/** What of the limits says whom to believe. */
export interface ProxySettings {
  readonly trustedProxies: string;
  readonly forwardedHeader: ForwardedHeader;
}

/** The one decision of who asks, for whoever has to know. */
export const callerOf = ({ trustedProxies, forwardedHeader }: ProxySettings): FindCaller =>
  callerFinder(parseNetworks(trustedProxies), forwardedHeader);

/** Of a request that is lent: every line of a header counts, as in its copy. */
export function calledOf(lent: LentRequest, client: string): Called {
  let lines: ReadonlyMap<string, string> | null = null;
  const get = (name: string): string | undefined => {
    lines ??= forwardingOf(lent);
    return lines.get(name);
  };
  return { client, headers: { get, has: (name) => lent.getHeader(name) !== '' } };
}

/** Whom a proxy names, for records that are texts; nothing where no proxy is trusted, so that nothing is to be found out. */
export function namedCaller(settings: ProxySettings): Pick<HttpSettings, 'callerOf'> {
  if (settings.trustedProxies.trim() === '') return {};
  const find = callerOf(settings);
  return {
    callerOf: (lent, client) => {
      const { address, known } = find(calledOf(lent, client));
      return known === 'forwarded' ? printAddress(address) : undefined;
    },
  };
}

export function callerFinder(proxies: readonly Network[], header: ForwardedHeader): FindCaller {
  // Peers send many requests each: the text of the last one is seldom read twice.
  let last = { client: '', peer: NOBODY };
  return ({ headers, client }) => {
    if (last.client !== client) last = { client, peer: parseAddress(client) ?? NOBODY };
    const { peer } = last;
    if (!includes(proxies, peer)) {
      const forwards = FORWARDED_HEADERS.some((name) => headers.has(name));
      return { address: peer, known: forwards ? 'stranger' : 'peer' };
    }
    const said = headers.get(header);
    return said === undefined ? { address: peer, known: 'peer' } : walk(peer, hopsOf(said, header), proxies);
  };
}

function walk(peer: Address, hops: readonly string[], proxies: readonly Network[]): Caller {
  let address = peer;
  const last = Math.max(0, hops.length - HOPS_MAX);
  for (let at = hops.length - 1; at >= last; at--) {
    const hop = parseHop(hops[at]!);
    if (hop === null) return { address, known: 'vague' };
    address = hop;
    if (!includes(proxies, address)) return { address, known: 'forwarded' };
  }
  return { address, known: last > 0 ? 'vague' : 'forwarded' };
}

function hopsOf(said: string, header: ForwardedHeader): string[] {
  if (header === 'x-real-ip') return [said];
  const parts = header === 'forwarded' ? elementsOf(said).map(forParameter) : said.split(',');
  return parts.map((part) => part.trim());
}

/** The elements of a list, commas inside of quotes left alone. */
function elementsOf(said: string): string[] {
  const elements: string[] = [];
  let start = 0;
  let quoted = false;
  for (let at = 0; at < said.length; at++) {
    const char = said[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ',' && !quoted) {
      elements.push(said.slice(start, at));
      start = at + 1;
    }
  }
  elements.push(said.slice(start));
  return elements;
}

/** What `for=` says in `for="[2001:db8::1]:4711";proto=https`; '' where it is missing. */
function forParameter(element: string): string {
  for (const pair of element.split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim().toLowerCase() !== 'for') continue;
    const value = pair.slice(equals + 1).trim();
    return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
  }
  return '';
}

/** An address, perhaps with a port, an IPv6 one perhaps in brackets. */
function parseHop(hop: string): Address | null {
  if (hop.startsWith('[')) {
    const end = hop.indexOf(']');
    return end > 0 && isPort(hop.slice(end + 1)) ? parseAddress(hop.slice(1, end)) : null;
  }
  const colon = hop.indexOf(':');
  if (colon < 0 || colon !== hop.lastIndexOf(':')) return parseAddress(hop);
  return isPort(hop.slice(colon)) ? parseAddress(hop.slice(0, colon)) : null;
}

const isPort = (text: string): boolean => text === '' || /^:\d{1,5}$/.test(text);
