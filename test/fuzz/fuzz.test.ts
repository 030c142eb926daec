import { expect, it } from 'vitest';
import { scratchFolder } from '../support/scratch.ts';
import { runCampaign } from './campaign.ts';
import { startTarget } from './target.ts';
import { faultsOf } from './verdict.ts';

const REQUESTS = 5000;

it('random and mutated requests draw no 5xx, kill nothing, leak nothing and change no answer', async () => {
  const seed = Date.now() % 2 ** 31;
  const { server, key } = await startTarget(scratchFolder());
  const report = await runCampaign({ server, key, seed, requests: REQUESTS, connections: 8 });
  const context = `seed ${seed}: ${JSON.stringify(report)}`;
  expect(faultsOf(report), context).toEqual([]);
  expect(report.answers['200'], context).toBeGreaterThan(REQUESTS / 10);
  expect(report.answers['400'], context).toBeGreaterThan(REQUESTS / 10);
  expect(await server.stop()).toBe(0);
  expect(server.said()).toBe('');
});
