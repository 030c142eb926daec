/** The client that a live site is read with: guarded, bounded, polite. */
import { systemClock } from '../../clock.ts';
import { createAddressGuard } from '../address-guard.ts';
import { Fetcher } from '../http/fetcher.ts';
import { systemPauses } from '../http/pauses.ts';
import { SOURCE_LIMITS, type SourceOptions } from '../options.ts';
import { basicAuthorization } from './credentials.ts';

export interface SiteAccess {
  readonly authenticated: boolean;
  /** One for each run; to be closed. */
  open(): Fetcher;
}

/** @throws EngineError source_refused where the address or the credentials must not be used */
export function accessTo(from: URL, options: SourceOptions): SiteAccess {
  const guard = createAddressGuard(from, options.allowPrivateHosts ?? []);
  guard.checkUrl(from, null);
  const credentials = basicAuthorization(from, options.credentials ?? null);
  return {
    authenticated: credentials !== null,
    open: () =>
      new Fetcher({
        guard,
        clock: options.clock ?? systemClock,
        credentials,
        limits: { ...SOURCE_LIMITS, ...options.limits },
        pauses: options.pauses ?? systemPauses,
        random: options.random ?? Math.random,
        signal: options.signal ?? null,
        ...(options.lookup !== undefined && { lookup: options.lookup }),
      }),
  };
}
