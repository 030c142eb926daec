/** One process keeps the incidents of some logs; another over them keeps nothing, says so, and goes on when the first is gone. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { verifyAudit } from '../../../ops/audit/index.ts';
import { configSchema } from '../../../server/config/index.ts';
import { openIncidents } from '../../../server/incidents/index.ts';
import { HandClock, NO_INTERVALS } from '../../ops/incidents/keepers.ts';
import { scratchFolder } from '../../support/scratch.ts';

function processOver(directory: string) {
  const clock = new HandClock();
  const said: string[] = [];
  const judge = () => ({ history: NO_INTERVALS, objectives: [], timeMs: () => clock.wallMs() });
  return {
    clock,
    said,
    parts: {
      ...{ clock, version: '1', judge: judge as never },
      config: configSchema.parse({ logs: { directory } }),
      report: (code: string, detail: string) => void said.push(`${code}: ${detail}`),
    },
  };
}

const REPORT = { type: 'cache_failure', severity: null, description: 'It answers nonsense', components: [] } as const;
const BY = { by: 'ada' };

it('what was reported to the second is in the record once the first is gone, and each act is in the log', async () => {
  const logs = scratchFolder();
  const [one, two] = [processOver(logs), processOver(logs)];
  const first = await openIncidents(one.parts);
  const second = await openIncidents(two.parts);
  expect([first.unkept, second.unkept]).toEqual([null, expect.stringContaining(`process ${process.pid} keeps them`)]);
  expect(two.said).toEqual([expect.stringMatching(/^incidents_unkept: .*in memory alone/)]);

  const heard: string[] = [];
  second.subscribe(({ event }) => heard.push(event.event.kind));
  expect((await first.keeper.detect({ ...REPORT, type: 'high_latency' }, BY)).durable).toBe(true);
  const told = await second.keeper.detect(REPORT, BY);
  expect(told).toMatchObject({ durable: false, incident: { type: 'cache_failure', state: 'detected' } });
  const act = {
    actor: 'ada',
    address: '::1',
    action: 'cache.clear',
    parameters: {},
    outcome: 'done',
    code: '',
  } as const;
  expect(await second.audit.append(act)).toBe(false);

  const step = (): void => {
    two.clock.pass(6);
    second.step({ verdicts: [], uptimeS: two.clock.nowS, wallMs: two.clock.wallMs() });
  };
  step();
  expect(second.unkept).not.toBeNull();
  await first.close();
  step();
  await expect.poll(() => second.keeper.list().length).toBe(2);
  expect(second.unkept).toBeNull();
  expect(second.keeper.active().map(({ type, openedBy }) => [type, openedBy])).toEqual([
    ['high_latency', 'ada'],
    ['cache_failure', 'ada'],
  ]);
  expect((await second.keeper.note(second.keeper.list()[0]!.id, 'mine now', BY)).durable).toBe(true);
  expect(heard).toContain('note');
  await second.close();

  const lines = readFileSync(join(logs, 'audit.jsonl'), 'utf8');
  expect(verifyAudit([{ name: 'audit.jsonl', bytes: Buffer.from(lines) }]).fault).toBeNull();
  expect(lines.match(/"action":"(process\.start|cache\.clear)"/g)).toEqual([
    '"action":"process.start"',
    '"action":"cache.clear"',
    '"action":"process.start"',
  ]);
});

it('an action that had begun when the process was killed has failed, and both records say so', async () => {
  const logs = scratchFolder();
  const first = await openIncidents(processOver(logs).parts);
  const { id } = (await first.keeper.detect(REPORT, BY)).incident;
  const did = { detail: '', effect: null };
  await first.keeper.action(id, { run: 'r1', action: 'disable_cache', phase: 'started', ...did }, BY);
  await first.keeper.action(id, { run: 'r1', action: 'disable_cache', phase: 'succeeded', ...did }, BY);
  await first.keeper.action(id, { run: 'r2', action: 'clear_cache', phase: 'started', ...did }, BY);
  await first.close();
  for (let starts = 0; starts < 2; starts++) {
    const next = await openIncidents(processOver(logs).parts);
    expect(next.keeper.get(id).incident.actions.map(({ run, phase, by }) => `${run} ${phase} ${by}`)).toEqual([
      ...['r1 started ada', 'r1 succeeded ada', 'r2 started ada', 'r2 failed wp-chat'],
    ]);
    await next.close();
  }
  const lines = readFileSync(join(logs, 'audit.jsonl'), 'utf8').trimEnd().split('\n');
  const acts = lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ actor }) => actor === 'ada');
  expect(acts).toMatchObject([{ action: 'actions.clear_cache', outcome: 'failed', code: 'interrupted' }]);
});

it('a restart finds its incidents, is a suspect of what comes next, and so is what an operator did', async () => {
  const logs = scratchFolder();
  const before = processOver(logs);
  const first = await openIncidents(before.parts);
  await first.keeper.detect(REPORT, BY);
  await first.close();
  const { parts, said } = processOver(logs);
  const second = await openIncidents(parts);
  expect(second.keeper.active().map(({ type }) => type)).toEqual(['cache_failure']);
  second.changed({ kind: 'operator', summary: 'cache.disable', by: 'ada' });
  const { incident } = await second.keeper.detect({ ...REPORT, type: 'high_latency' }, BY);
  expect(incident.suspects.map(({ kind, by }) => [kind, by])).toEqual([
    ['restart', 'wp-chat'],
    ['operator', 'ada'],
  ]);
  await second.close();
  expect(said).toEqual([]);
});
