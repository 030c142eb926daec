import { cpSync, mkdirSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { askCli, type CliRun, runCli } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { sampleIndex, startSampleServer } from '../../support/server.ts';

const json = <Value>({ code, out, err }: CliRun, expected = 0): Value => {
  expect([code, err]).toEqual([expected, '']);
  return JSON.parse(out) as Value;
};

describe('doctor', () => {
  interface Check {
    readonly name: string;
    readonly ok: boolean;
    readonly found: string;
    readonly remedy: string | null;
  }
  const doctor = (...set: string[]) =>
    runCli(['doctor', '--json', ...[`index.directory=${sampleIndex()}`, ...set].flatMap((one) => ['--set', one])]);
  const wrong = (checks: readonly Check[]): string[] => checks.filter(({ ok }) => !ok).map(({ name }) => name);

  it('finds nothing wrong where nothing is', async () => {
    expect(wrong(json<Check[]>(await doctor('server.port=0')))).toEqual([]);
  });

  it('finds each broken part, with what to do about it: exit 1', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const models = scratchFolder();
    mkdirSync(join(models, 'wp-chat-rerank-en'));
    const checks = json<Check[]>(
      await doctor(`server.port=${port}`, `models.directory=${models}`, `index.directory=${scratchFolder()}`),
      1,
    );
    taken.close();
    expect(wrong(checks)).toEqual(['model all-minilm-l6-v2', 'model wp-chat-rerank-en', 'index', 'port']);
    for (const { ok, remedy } of checks) if (!ok) expect(remedy).toBeTruthy();
  });
});

describe('doctor of a part that only looks broken, or cannot be had by name', () => {
  const check = async (name: string, ...set: string[]) => {
    const { out } = await askCli(['doctor', '--json', ...set.flatMap((one) => ['--set', one])]);
    return (JSON.parse(out) as { name: string; ok: boolean; found: string; remedy: string }[]).find(
      (one) => one.name === name,
    );
  };

  it('takes the port for right where wp-chat itself answers', async () => {
    const server = await startSampleServer();
    const port = await check('port', `server.port=${server.port}`, 'server.host=127.0.0.1');
    await server.stop();
    expect(port).toMatchObject({ ok: true, found: expect.stringContaining('wp-chat answers there') });
  });

  it('has a shipped model restored, a known one pulled, and another added', async () => {
    const models = scratchFolder();
    cpSync(join(packageRoot, 'data/models'), models, { recursive: true });
    truncateSync(join(models, 'all-minilm-l6-v2/model_int8.onnx'), 9);
    const remedyOf = async (name: string): Promise<string> =>
      (await check(`model ${name}`, `models.directory=${models}`, `models.embedder=${name}`))!.remedy;
    const shipped = await remedyOf('all-minilm-l6-v2');
    expect(shipped).toContain('git checkout data/models/all-minilm-l6-v2');
    expect(shipped).not.toContain('models pull');
    expect(await remedyOf('bge-small-en-v1.5')).toContain('wp-chat models pull bge-small-en-v1.5');
    expect(await remedyOf('our-own')).toMatch(/models add(?!.*models pull)/);
  });
});
