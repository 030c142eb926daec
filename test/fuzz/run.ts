/** `node dist/test/fuzz/run.js [requests] [seed]`: a long campaign against a real process; exits with 1 where it finds something. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCampaign } from './campaign.ts';
import { startTarget } from './target.ts';
import { faultsOf } from './verdict.ts';

const requests = Number(process.argv[2] ?? 1_000_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
/** Most wait for silence after a request that was cut. */
const CONNECTIONS = 16;

process.stderr.write(`seed ${seed}, ${requests} requests\n`);
const folder = mkdtempSync(join(tmpdir(), 'wp-chat-fuzz-'));
const { server, key } = await startTarget(folder);
const report = await runCampaign({
  server,
  key,
  seed,
  requests,
  connections: CONNECTIONS,
  progress: (done, rssBytes) => process.stderr.write(`${done} requests, ${(rssBytes / 2 ** 20).toFixed(0)} MiB\n`),
});
const exitCode = await server.stop();
rmSync(folder, { recursive: true });
const faults = [
  ...faultsOf(report),
  ...(exitCode === 0 && server.said() === '' ? [] : [`The server ended with ${exitCode}: ${server.said()}`]),
];
process.stdout.write(`${JSON.stringify({ ...report, faults }, null, 2)}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
