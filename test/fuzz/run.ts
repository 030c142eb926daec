/** `node dist/test/fuzz/run.js [requests] [seed]`: a long campaign against a real process; exits with 1 where it finds something. */
import { startSampleServer } from '../support/server.ts';
import { type CampaignReport, runCampaign } from './campaign.ts';

const requests = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 2 ** 31);
const CONNECTIONS = 8;
/** What the process may grow by between the first tenth, when caches are warm, and the end. */
const GROWTH_BYTES_MAX = 128 * 2 ** 20;

const faultsOf = ({ faults, sameAnswers, workersLost, rssBytes }: CampaignReport): string[] => [
  ...faults,
  ...(sameAnswers ? [] : ['Good queries are answered otherwise than before']),
  ...(workersLost === 0 ? [] : [`Workers died: ${workersLost}`]),
  ...(rssBytes.at(-1)! - rssBytes[1]! <= GROWTH_BYTES_MAX ? [] : [`Memory grew: ${rssBytes.join(', ')}`]),
];

process.stderr.write(`seed ${seed}, ${requests} requests\n`);
const server = await startSampleServer();
const report = await runCampaign({
  server,
  seed,
  requests,
  connections: CONNECTIONS,
  progress: (done, rssBytes) => process.stderr.write(`${done} requests, ${(rssBytes / 2 ** 20).toFixed(0)} MiB\n`),
});
const exitCode = await server.stop();
const faults = [
  ...faultsOf(report),
  ...(exitCode === 0 ? [] : [`The server ended with ${exitCode}: ${server.said()}`]),
];
process.stdout.write(`${JSON.stringify({ ...report, faults }, null, 2)}\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
