/** What only looks: errors without secrets, memory as Linux has it, and the files of models byte by byte. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { checkModels } from '../../../server/actions/check-models.ts';
import { showErrors } from '../../../server/actions/show-errors.ts';
import { showMemory } from '../../../server/actions/show-memory.ts';
import { RedactedErrorLog } from '../../../server/auth/redacted-log.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { READY } from '../pool/fake-crew.ts';
import { acted } from './arrange-actions.ts';

const MIB = 2 ** 20;

describe('show_errors', () => {
  const logs = () => ({ directory: scratchFolder(), fileBytesMax: MIB, filesKept: 1 });
  const entry = (code: string, detail = '') => ({ timeMs: 0, requestId: 'r', endpoint: '/search', code, detail });

  it('tells the last lines and what most of them are, and no secret', async () => {
    const errors = new RedactedErrorLog(logs());
    for (let n = 0; n < 300; n++) errors.write(entry('internal'));
    errors.write(entry('model_failed', `key wpc_0123456789ab.${'s'.repeat(43)}`));
    const { execute } = acted(showErrors({ errors, path: 'logs/api_errors.log' }));
    const record = await execute({ lines: 3 });
    expect(record.said).toBe('3 lines since 1970-01-01T00:00:00.000Z: 2 × internal, 1 × model_failed');
    expect(JSON.stringify(record.details)).not.toContain('sssss');
    expect((await execute({ lines: 200 })).details).toMatchObject({ kinds: [{ count: 199 }, { count: 1 }] });
    await errors.flush();
  });

  it('says so where nothing has failed', async () => {
    const { execute } = acted(showErrors({ errors: new RedactedErrorLog(logs()), path: '' }));
    expect((await execute()).said).toBe('Nothing has failed since the start');
  });
});

describe('show_memory', () => {
  /** A machine as Linux tells of it. */
  function machine(): string {
    const root = scratchFolder();
    const put = (path: string, text: string): void => {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    const stat = (pid: number, name: string, parent: number, pages: number): void =>
      put(`proc/${pid}/stat`, `${pid} (${name}) S ${parent} ${'0 '.repeat(19)}${pages} 0\n`);
    put('proc/meminfo', 'MemTotal:       2048 kB\nMemAvailable:       1024 kB\n');
    put('proc/self/cgroup', '0::/site.slice/wp-chat.service\n');
    const group = 'sys/fs/cgroup/site.slice/wp-chat.service';
    put(`${group}/memory.current`, '734003200\n');
    put(`${group}/memory.max`, '1073741824\n');
    put(`${group}/memory.events`, 'low 0\nhigh 4\nmax 17\noom 2\noom_kill 1\n');
    put(
      `${group}/memory.pressure`,
      'some avg10=12.50 avg60=3.00 avg300=1.00 total=1\nfull avg10=4.25 avg60=1 total=1\n',
    );
    stat(process.pid, 'node', 1, 1000);
    stat(999_001, 'a (b) c', process.pid, 3000);
    stat(999_002, 'grandchild', 999_001, 200);
    stat(999_003, 'stranger', 1, 90_000);
    return root;
  }

  it('tells what the group allows, who waited, and the biggest of our own processes', async () => {
    const { execute } = acted(
      showMemory({
        memory: () => ({ bytesMax: 2 ** 40, sharedIndexBytes: 5, residentBytes: 1, heapBytes: 1, externalBytes: 1 }),
        cacheBytes: () => 7,
        root: machine(),
      }),
    );
    const { said, details } = await execute();
    expect(said).toMatch(/MiB of 1048576\.0 MiB \(0 %\); some waited for memory 12\.5 % of the last 10 s/);
    expect(details).toMatchObject({
      sharedIndexBytes: 5,
      cacheBytes: 7,
      machine: { availableBytes: MIB },
      group: { limitBytes: 2 ** 30, currentBytes: 734_003_200, outOfMemory: 2, killed: 1 },
      pressure: { someAvg10Percent: 12.5, fullAvg10Percent: 4.25 },
      processes: [{ pid: 999_001, name: 'a (b) c', rssBytes: 3000 * 4096 }, { pid: process.pid }, { pid: 999_002 }],
    });
  });

  it('on this machine, and where nothing is known', async () => {
    const memory = () => ({ bytesMax: 2 ** 30, sharedIndexBytes: 0, residentBytes: 1, heapBytes: 1, externalBytes: 1 });
    const here = await acted(showMemory({ memory, cacheBytes: () => 0 })).execute();
    expect((here.details as { processes: { pid: number }[] }).processes.map(({ pid }) => pid)).toContain(process.pid);
    const nowhere = await acted(showMemory({ memory, cacheBytes: () => 0, root: scratchFolder() })).execute();
    expect(nowhere).toMatchObject({ state: 'done', details: { group: null, pressure: null, processes: [] } });
  });
});

describe('check_models', () => {
  const bundled = join(packageRoot, 'data/models');
  const model = 'wp-chat-rerank-en';

  it('says that all is as the cards say, or which file is not, and of which model there is none', async () => {
    const directory = scratchFolder();
    cpSync(join(bundled, model), join(directory, model), { recursive: true });
    const check = (...names: string[]) => acted(checkModels({ directory, names, models: () => READY })).execute();
    expect(await check(model, 'none')).toMatchObject({
      said: expect.stringMatching(/^All \d+ files are as their cards say$/),
      details: { sound: true },
    });
    const file = readdirSync(join(directory, model)).find((name) => name.endsWith('.onnx'))!;
    writeFileSync(join(directory, model, file), 'damaged');
    expect(await check(model)).toMatchObject({ state: 'done', said: `${model}/${file} is changed` });
    expect((await check('no-such-model')).said).toContain('model_missing');
  });
});
