import { expect, it } from 'vitest';
import { startSampleServer } from '../support/server.ts';
import { runCampaign } from './campaign.ts';

const REQUESTS = 5000;
const GROWTH_BYTES_MAX = 128 * 2 ** 20;

it('random and mutated requests draw no 5xx, kill nothing, leak nothing and change no answer', async () => {
  const seed = Date.now() % 2 ** 31;
  const server = await startSampleServer();
  const report = await runCampaign({ server, seed, requests: REQUESTS, connections: 8 });
  const context = `seed ${seed}: ${JSON.stringify(report)}`;
  expect(report.faults, context).toEqual([]);
  expect(report.sameAnswers, context).toBe(true);
  expect(report.workersLost, context).toBe(0);
  expect(report.answers['200'], context).toBeGreaterThan(REQUESTS / 10);
  expect(report.answers['400'], context).toBeGreaterThan(REQUESTS / 10);
  expect(report.rssBytes.at(-1)! - report.rssBytes[1]!, context).toBeLessThan(GROWTH_BYTES_MAX);
  expect(await server.stop()).toBe(0);
  expect(server.said()).toBe('');
});
