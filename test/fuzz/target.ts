/** The server that is fuzzed, and a key for it. */
import { join } from 'node:path';
import { createKey } from '../../server/auth/index.ts';
import { copySampleIndex, type ServerProcess, startServer } from '../support/server.ts';

export async function startTarget(folder: string): Promise<{ readonly server: ServerProcess; readonly key: string }> {
  const keysFile = join(folder, 'keys.json');
  const wish = { name: 'fuzz', scopes: ['admin'], from: [], lifetimeMs: null } as const;
  const { key } = createKey(keysFile, wish, Date.now());
  // Wrong keys come by the thousand: slowed down, they would say 429 and nothing else.
  const set = [
    `server.auth.keysFile=${keysFile}`,
    'server.auth.failuresPerMinute=1000000',
    'server.auth.failuresBurst=1000000',
  ];
  const index = copySampleIndex(join(folder, 'index'));
  return { server: await startServer({ index, set: [...set, 'server.cors.origins=https://shop.example'] }), key };
}
