/** THE ONE DECISION: may this request do what it asks for? A value, so that every case can be listed. */
import type { Clock } from '../../engine/clock.ts';
import { FORWARDING_HEADERS } from '../header-lists.ts';
import type { RequestHead } from '../http.ts';
import { type Caller, printAddress } from '../limits/index.ts';
import { isLoopback, siteOf } from './addresses.ts';
import type { Attempts } from './attempts.ts';
import { credentialsOf } from './credentials.ts';
import { idOf, keyInAddress } from './key.ts';
import type { KeyRing } from './key-ring.ts';
import type { Need } from './route-scopes.ts';
import { foreignHost, otherSite, PROXY_SIGNS } from './same-site.ts';
import { allows } from './scopes.ts';
import type { AuthSettings } from './settings.ts';

export type Decision =
  | { readonly kind: 'pass'; readonly keyId: string | null }
  /** A key in the address ends up in histories, logs and referrers. */
  | { readonly kind: 'in_address'; readonly id: string }
  /** No key, or none that is good: `detail` says which, as far as the caller has shown to know the secret. */
  | { readonly kind: 'unauthorized'; readonly detail: string; readonly offered: boolean }
  | { readonly kind: 'forbidden'; readonly detail: string; readonly scopes: Need['scopes'] }
  | { readonly kind: 'slow_down'; readonly waitMs: number };

export interface JudgeParts {
  readonly settings: AuthSettings;
  readonly ring: KeyRing;
  /** Failures by address, an IPv6 site as one. */
  readonly byAddress: Attempts;
  /** Failures by key id, over all addresses. */
  readonly byKey: Attempts;
  /** Who asks, behind proxies that are trusted: asked only where a key is shown. */
  readonly callerOf: (head: RequestHead) => Caller;
  readonly clock: Clock;
}

/** What a wrong secret for a key that many are guessing costs its address. Who has the right one never notices. */
const WEIGHT_UNDER_ATTACK = 5;

export function judgeRequest(parts: JudgeParts, need: Need, request: RequestHead): Decision {
  const leaked = keyInAddress(request.query);
  if (leaked !== null) return { kind: 'in_address', id: leaked };
  if (need.area === 'public') return { kind: 'pass', keyId: null };
  const { settings } = parts;
  const openTo = settings.openTo[need.area];
  const credentials = credentialsOf(request.headers);
  if (credentials.kind === 'two') {
    return { kind: 'unauthorized', detail: 'Authorization and X-Api-Key hold two keys that differ', offered: true };
  }
  if (credentials.kind === 'key') {
    const decision = judgeKey(parts, openTo === 'open' ? [] : need.scopes, request, credentials.text);
    const proven = openTo === 'open' || !credentials.ambient || decision.kind !== 'pass';
    const foreign = proven ? null : otherSite(request, settings.hosts);
    return foreign === null ? decision : { kind: 'forbidden', detail: foreign, scopes: [] };
  }
  if (openTo === 'open') return { kind: 'pass', keyId: null };
  if (openTo === 'loopback' && isHere(request)) {
    const foreign = foreignHost(request.headers, settings.hosts) ?? otherSite(request, settings.hosts);
    return foreign === null ? { kind: 'pass', keyId: null } : { kind: 'forbidden', detail: foreign, scopes: [] };
  }
  if (credentials.kind === 'foreign') return failed(parts, request, null);
  const detail = `Send a key as Authorization: Bearer or X-Api-Key, with the scope ${need.scopes.join(' or ')}`;
  return { kind: 'unauthorized', detail, offered: false };
}

/** A proxy on this machine tells whom it speaks for, or that it is one; then being here proves nothing, whoever is trusted. */
const isHere = ({ client, headers }: RequestHead): boolean =>
  isLoopback(client) && ![...FORWARDING_HEADERS, ...PROXY_SIGNS].some((name) => headers.has(name));

/** From where a key is shown. */
interface Origin {
  readonly address: string;
  /** A proxy may stand there that could not say for whom: it may be anyone. */
  readonly vague: boolean;
}

function originOf({ callerOf }: JudgeParts, request: RequestHead): Origin {
  const { address, known } = callerOf(request);
  return { address: printAddress(address), vague: known === 'vague' };
}

/** @param scopes of which one is needed; empty where none is */
function judgeKey(parts: JudgeParts, scopes: Need['scopes'], request: RequestHead, text: string): Decision {
  const { ring, byAddress, clock } = parts;
  const nowMs = clock.wallMs();
  const { address, vague } = originOf(parts, request);
  // One that was right a moment ago is no guess, whoever else guesses from the same address.
  if (!ring.knows(text, nowMs)) {
    const waitMs = byAddress.waitMs(siteOf(address), clock.nowUs() / 1000);
    if (waitMs > 0) return { kind: 'slow_down', waitMs };
  }
  const key = ring.find(text, vague ? null : address, nowMs);
  if (key === null) return failed(parts, request, idOf(text));
  if (key.state !== 'active')
    return { kind: 'unauthorized', detail: `The key is ${key.state}: ${key.id}`, offered: true };
  if (!key.fromHere) return { kind: 'forbidden', detail: boundElsewhere({ address, vague }), scopes: [] };
  if (scopes.length > 0 && !allows(key.scopes, scopes)) {
    const detail = `The key needs the scope ${scopes.join(' or ')}, and has ${key.scopes.join(', ')}`;
    return { kind: 'forbidden', detail, scopes };
  }
  return { kind: 'pass', keyId: key.id };
}

const boundElsewhere = ({ address, vague }: Origin): string =>
  vague
    ? `The key is bound to addresses, and the proxy does not say whom it speaks for (server.limits.forwardedHeader): ${address}`
    : `The key is bound to other addresses; make one with --from that holds this: ${address}`;

/** Of a secret that is wrong nothing is told: neither whether the id exists nor how near it was. */
function failed(parts: JudgeParts, request: RequestHead, id: string | null): Decision {
  const { byAddress, byKey, clock } = parts;
  const nowMs = clock.nowUs() / 1000;
  const site = siteOf(originOf(parts, request).address);
  const waitMs = byAddress.waitMs(site, nowMs);
  if (waitMs > 0) return { kind: 'slow_down', waitMs };
  const underAttack = id !== null && byKey.waitMs(id, nowMs) > 0;
  byAddress.fail(site, nowMs, underAttack ? WEIGHT_UNDER_ATTACK : 1);
  if (id !== null) byKey.fail(id, nowMs);
  return {
    kind: 'unauthorized',
    detail: 'The key is none of this server: wp-chat keys list shows those that are',
    offered: true,
  };
}
