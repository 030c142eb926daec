/** May the server listen there at all? */
import { EngineError } from '../../engine/errors.ts';
import { isLoopbackHost } from './addresses.ts';
import type { KeyRing } from './key-ring.ts';

export interface Exposure {
  /** Addresses that are listened on. */
  readonly hosts: readonly string[];
  readonly ring: KeyRing;
  readonly keysFile: string;
  readonly nowMs: number;
}

/** @throws EngineError config_invalid where others reach an address and there is no key that is good */
export function refuseExposure({ hosts, ring, keysFile, nowMs }: Exposure): void {
  const exposed = hosts.find((host) => !isLoopbackHost(host));
  if (exposed === undefined || ring.active(nowMs) > 0) return;
  throw new EngineError('config_invalid', `Cannot listen beyond this machine without a key: ${exposed}`, {
    file: keysFile,
    field: 'server.host',
    value: exposed,
    expected: 'a loopback address such as 127.0.0.1, or a key that is good',
    remedy: 'Make the first key: wp-chat keys create --name operator --scopes admin; or listen on 127.0.0.1',
  });
}
