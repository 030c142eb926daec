/** `wp-chat canary` before a real server: who gets what, who may change it, and what is said where it may not be. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askCli, type CliRun } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';

let server: ServerProcess;
beforeAll(async () => {
  server = await startSampleServer({ set: [`canary.directory=${scratchFolder()}`] });
});
afterAll(() => server.stop());

const canary = (...words: string[]): Promise<CliRun> => askCli(['canary', ...words, '--url', server.url]);
const said = async (...words: string[]): Promise<string> => {
  const { code, out, err } = await canary(...words);
  expect([code, err]).toEqual([0, '']);
  return out;
};
const told = async (...words: string[]) => JSON.parse(await said(...words, '--json'));

it('says that everybody is reranked, before anybody has said otherwise', async () => {
  expect(await said('status')).toMatch(/Canary: active\n\nEXPERIMENT .*\nrerank +promoted +100 % /);
});

describe('an experiment', () => {
  it('is rehearsed, begun, shown, and told of to those who ask who gets it', async () => {
    const given = ['--experiment', 'fusion', '--retrieval', 'fusion.denseWeight=0.5', '--retrieval', 'fusion.rrfK=30'];
    expect(await said('enable', '25%', ...given, '--dry-run')).toContain('Nothing is changed');
    expect((await told('status')).experiments).toHaveLength(1);
    await told('enable', '25%', ...given, '--steps', '1,25,100', '--reason', 'shorter', '--yes');
    const [, fusion] = (await told('status')).experiments;
    expect(fusion).toMatchObject({
      name: 'fusion',
      phase: 'running',
      percentage: 25,
      definition: {
        canary: { retrieval: { fusion: { denseWeight: 0.5, rrfK: 30 } } },
        plan: { steps: [1, 25, 100] },
      },
    });
    const people = Array.from({ length: 40 }, (_, n) => `user-${n}`);
    const flags = (await told('test', ...people)) as { flags: { key: string; value: boolean }[] }[];
    const inside = flags.filter((one) => one.flags.some(({ key, value }) => key === 'fusion' && value)).length;
    expect(inside).toBeGreaterThan(2);
    expect(inside).toBeLessThan(22);
    expect(await said('test', 'ada')).toMatch(/ada +rerank +canary +promoted\nada +fusion +\w+ +\w+/);
    expect(await said('status')).toMatch(/fusion +running +25 % .*shorter/);
  });

  it('goes up, stands, goes on, is ended and forgotten', async () => {
    const one = ['--experiment', 'fusion'];
    await said('rollout', '50', ...one, '--yes');
    await said('pause', ...one);
    await said('resume', ...one);
    await said('rollout', '--steps', ...one, '--yes');
    expect(await said('status', ...one)).toMatch(/fusion +running +\d+ % +\d of 3/);
    await said('abort', ...one, '--yes');
    await said('disable', ...one, '--forget', '--yes');
    expect((await told('status')).experiments).toHaveLength(1);
  });
});

describe('the emergency stop', () => {
  it('is shown first, wins over all, and is ended only with what to go on with', async () => {
    await said('emergency-stop', '--reason', '5xx', '--yes');
    expect(await said('status')).toMatch(/^EMERGENCY STOP since .*: everybody is on control; 5xx\n/);
    const refused = await canary('enable', '10', '--yes');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('Stopped by')]);
    expect((await canary('clear-emergency', '--yes')).code).toBe(2);
    await said('clear-emergency', '--restore', '--yes');
    expect(await said('status')).toContain('Canary: active');
  });
});

describe('is refused, and nothing is changed:', () => {
  it.each([
    [['enable', '101', '--yes'], 2, 'percent from 0 to 100'],
    [['enable', '0.001', '--yes'], 2, 'percent from 0 to 100'],
    [['enable', '10', '--retrieval', 'denseWeight'], 2, 'key=value'],
    [['enable', '10', '--experiment', 'x', '--reranker', 'nowhere', '--yes'], 4, 'nowhere'],
    [['enable', '10', '--experiment', 'x', '--retrieval', 'bm25.k1=2', '--yes'], 2, 'canary.retrieval.bm25'],
    [['enable', '10', '--experiment', 'x', '--retrieval', 'candidates=50', '--steps', '10,5', '--yes'], 2, 'rise'],
    [['pause', '--experiment', 'nothing'], 1, 'nothing'],
    [['disable'], 2, '--yes'],
  ])('%j', async (words, code, why) => {
    const before = await told('status');
    const run = await canary(...words);
    expect([run.code, run.err]).toEqual([code, expect.stringContaining(why)]);
    expect((await told('status')).experiments).toEqual(before.experiments);
  });
});

describe('where no server answers', () => {
  const directory = scratchFolder();
  const dead = (...words: string[]): Promise<CliRun> =>
    askCli(['canary', ...words, '--set', 'server.port=1', '--set', `canary.directory=${directory}`]);
  const json = async (...words: string[]) => {
    const { code, out, err } = await dead(...words, '--json');
    expect([code, err]).toEqual([0, '']);
    return JSON.parse(out);
  };

  it('the stop and its end are written for the next start, which is said, and seen', async () => {
    expect(await json('status')).toMatchObject({ source: 'file', status: 'active' });
    const stopped = await dead('emergency-stop', '--reason', '5xx', '--yes');
    expect([stopped.code, stopped.out]).toEqual([0, expect.stringMatching(/^No server answers .*from the next start/)]);
    expect((await dead('status')).out).toMatch(/No server answers .*\n\nEMERGENCY STOP since .*; 5xx\n/);
    const rehearsed = await json('clear-emergency', '--restore', '--dry-run');
    expect(rehearsed).toMatchObject({ applied: false, status: 'active' });
    expect(await json('status')).toMatchObject({ status: 'emergency_stop', emergencyStop: { reason: '5xx' } });
    expect(await json('clear-emergency', '--percentage', '5', '--yes')).toMatchObject({
      kept: true,
      experiments: [{ name: 'rerank', phase: 'running', percentage: 5 }],
    });
  });

  it('a state that cannot be read is told as stopped, and looking at it leaves it as it is', async () => {
    const file = join(directory, 'canary.json');
    writeFileSync(file, 'torn');
    expect(await json('status')).toMatchObject({ status: 'emergency_stop' });
    expect(readFileSync(file, 'utf8')).toBe('torn');
    await json('emergency-stop', '--yes');
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe('torn');
    expect(await json('status')).toMatchObject({ emergencyStop: { by: 'the machine itself' } });
  });

  it.each([
    [['enable', '5', '--yes'], 5, 'nobody listens'],
    [['emergency-stop', '--yes', '--url', 'http://127.0.0.1:1'], 5, 'nobody listens'],
    [['clear-emergency', '--restore'], 2, '--yes'],
    [['clear-emergency', '--yes'], 2, '--restore'],
    [['status', '--experiment', 'none'], 1, 'none'],
  ])('%j is refused', async (words, code, why) => {
    const run = await dead(...words);
    expect([run.code, run.err]).toEqual([code, expect.stringContaining(why)]);
  });
});
