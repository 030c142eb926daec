/** The post-mortem: exact figures, the same bytes for the same record, and nothing of what people wrote is lost or believed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import {
  CHECKLISTS,
  documentPolicy,
  IncidentKeeper,
  type KeeperPorts,
  postmortemHtml,
  postmortemMarkdown,
  postmortemOf,
  readRecord,
} from '../../../ops/incidents/index.ts';
import { finest, measuring } from '../../../ops/incidents/measure.ts';
import { suspectsOf } from '../../../ops/incidents/suspects.ts';
import { History } from '../../../ops/metrics/history.ts';
import type { Interval } from '../../../ops/metrics/interval.ts';
import { indexOf } from '../../../ops/metrics/layout.ts';
import { tagOf } from '../../../ops/metrics/series.ts';
import { SparseWriter } from '../../../ops/metrics/sparse.ts';
import type { Outcome } from '../../../ops/sample.ts';
import type { ObjectiveStatus } from '../../../ops/snapshot.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { HandClock, PATH, portsOf, SETTINGS, START_MS, verdict } from './keepers.ts';

const writer = new SparseWriter();

/** A second in which so many searches ended so, all after that time. */
function second(startMs: number, counts: Partial<Record<Outcome, number>>, ms: number): Interval {
  const series = new Map(
    Object.entries(counts).map(([outcome, count]) => {
      writer.add(indexOf(ms * 1e6), count);
      const name = { measure: 'total', endpoint: '/search', outcome: outcome as Outcome } as const;
      return [tagOf({ ...name, cache: 'none', rerank: 'none', arm: 'control' }), writer.take()] as const;
    }),
  );
  return { startMs, lengthMs: 1000, series, events: new Map() };
}

const objective = (name: string, more: Partial<ObjectiveStatus>): ObjectiveStatus => ({
  name,
  indicator: 'availability',
  thresholdMs: null,
  endpoints: ['/search'],
  targetPercent: 99.5,
  windowDays: 28,
  good: 0,
  total: 1_000_000,
  attainedPercent: null,
  budgetLeftPercent: 100,
  burns: [],
  ...more,
});
const OBJECTIVES = [
  objective('availability', {}),
  objective('latency', { indicator: 'latency', thresholdMs: 800, targetPercent: 95 }),
];

/** A quarter of an hour of good seconds, three bad minutes, and good ones again. */
const BAD_FROM_S = 900;
const BAD_TO_S = 1080;
const histories = new Map<number, History>();
function history(untilS: number): History {
  const made = histories.get(untilS) ?? madeHistory(untilS);
  histories.set(untilS, made);
  return made;
}

const GOOD = second(0, { answered: 10 }, 50);
const BAD = second(0, { answered: 6, failed: 3, deadline: 1, limited: 5 }, 1500);

function madeHistory(untilS: number): History {
  const rings = new History(2 ** 26, () => {});
  for (let s = 0; s < untilS; s++) {
    const bad = s >= BAD_FROM_S && s < BAD_TO_S;
    rings.push({ ...(bad ? BAD : GOOD), startMs: START_MS + s * 1000 });
  }
  return rings;
}

function measured(nowS: number, openedS = BAD_FROM_S + 6, mitigatedS: number | null = BAD_TO_S + 31) {
  const span = {
    openedMs: START_MS + openedS * 1000,
    mitigatedMs: mitigatedS === null ? null : START_MS + mitigatedS * 1000,
    nowMs: START_MS + nowS * 1000,
  };
  const steps = measuring(span, { intervals: history(nowS), objectives: OBJECTIVES, slowMs: 800 });
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

describe('figures', () => {
  it('are exact counts from the first bad second to the end, though it was detected later', () => {
    const { onsetMs, before, during, after, budgets } = measured(1500);
    expect(onsetMs).toBe(START_MS + BAD_FROM_S * 1000);
    expect(during).toMatchObject({
      requests: 180 * 15 + 31 * 10,
      valid: 180 * 10 + 31 * 10,
      failed: 180 * 4,
      slow: 180 * 6,
      limited: 180 * 5,
    });
    expect(before).toMatchObject({ failed: 0, slow: 0, requests: 600 * 10 });
    expect(after).toMatchObject({ failed: 0, requests: (1500 - BAD_TO_S - 31) * 10 });
    expect(during.latency!.p95Ms).toBeCloseTo(1500, -1);
    expect(before.latency!.p95Ms).toBeCloseTo(50, 0);
    // 0.5 % of a million may fail: 5000; 720 did. Of 28 days 201.6 min may be bad.
    expect(budgets[0]).toMatchObject({ objective: 'availability', bad: 720, total: 2110 });
    expect(budgets[0]!.burnedPercent).toBeCloseTo(14.4, 9);
    expect(budgets[0]!.burnedMinutes).toBeCloseTo(29.0304, 9);
    expect(budgets[1]).toMatchObject({ objective: 'latency', bad: 1080, total: 1080 + 310 });
  });

  it('are as exact when only tens of seconds are left', () => {
    const { during } = measured(3000);
    expect(during).toMatchObject({ failed: 180 * 4, slow: 180 * 6 });
  });

  it('say nothing of an onset where nothing was bad, nor of a time after it while it lasts', () => {
    expect(measured(800, 700, null)).toMatchObject({ onsetMs: null, after: null });
  });

  it('take each moment once, from the finest ring that has it', () => {
    const rings = history(3000);
    let reachedMs = START_MS;
    for (const { startMs, lengthMs } of finest(rings, START_MS, START_MS + 3_000_000)) {
      expect(startMs).toBe(reachedMs);
      reachedMs = startMs + lengthMs;
    }
    expect(reachedMs).toBe(START_MS + 3_000_000);
  });
});

it('suspects are ranked by how near they are in time and how related', () => {
  const change = (kind: 'config' | 'model' | 'index_merge', agoMs: number) => ({
    kind,
    timeMs: START_MS - agoMs,
    summary: kind,
    by: 'a',
  });
  const changes = [
    change('config', 60_000),
    change('model', 60_000),
    change('index_merge', 50_000),
    change('model', 3_700_000),
    change('model', -60_000),
  ];
  const suspects = suspectsOf('model_failure', START_MS, changes);
  expect(suspects.map(({ kind }) => kind)).toEqual(['model', 'index_merge', 'config']);
  expect(suspects[0]).toMatchObject({ score: 0.933, reason: '60 s before; a change of this kind often brings this' });
});

const EVIL = '</pre><script>alert(1)</script> | `x` & "q" \'s\'\n# not a heading';

/** A whole incident, written up by people who mean no good. */
async function story() {
  const clock = new HandClock();
  const disk = new SimulatedDisk();
  const ports: KeeperPorts = portsOf(disk, clock, {
    changes: () => [{ kind: 'config', timeMs: START_MS + 850_000, summary: `cache off ${EVIL}`, by: 'admin' }],
    measures: () => ({ intervals: history(Math.floor(clock.nowS)), objectives: OBJECTIVES, slowMs: 800 }),
  });
  const keeper = await IncidentKeeper.open(SETTINGS, ports);
  clock.pass(BAD_FROM_S + 6);
  for (let s = BAD_FROM_S + 6; s < 1300; s++) {
    keeper.step(s < BAD_TO_S ? [verdict('high_error_rate', 'critical')] : [], clock.nowS, clock.wall);
    clock.pass(1);
  }
  await keeper.flush();
  const { id } = keeper.list()[0]!;
  const effect = { measure: 'success %', before: 60, after: 99.9 };
  await keeper.action(
    id,
    { run: 'r1', action: 'emergency_stop', phase: 'started', detail: '', effect: null },
    { by: 'wp-chat' },
  );
  clock.pass(2);
  await keeper.action(
    id,
    { run: 'r1', action: 'emergency_stop', phase: 'succeeded', detail: EVIL, effect },
    { by: 'wp-chat' },
  );
  await keeper.note(id, EVIL, { by: EVIL });
  await keeper.resolve(id, EVIL, { by: 'key-1' });
  keeper.step([], clock.nowS, clock.wall);
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  await keeper.edit(id, { section: 'root_cause', text: `The disk was full.\n\n- really\n${EVIL}` }, { by: 'key-1' });
  await keeper.edit(
    id,
    { item: { id: 'a1', text: EVIL, kind: 'prevent', owner: 'ops', due: '2026-02-01', done: false } },
    { by: 'key-1' },
  );
  await keeper.tick(id, 'root_cause_identified', true, { by: 'key-1' });
  await keeper.close();
  return { keeper, id, disk, postmortem: await keeper.postmortem(id) };
}

describe('the document', () => {
  const told = story();

  it('has the times, the cost, what was done with its effect, what people wrote and the lists', async () => {
    const { postmortem } = await told;
    expect(postmortem).toMatchObject({
      title: 'High error rate, critical',
      state: 'resolved',
      status: 'draft',
      durations: { detectMs: 6000, acknowledgeMs: null, mitigateMs: 204_000, resolveMs: 396_000 },
      impact: { failedPercent: (720 / 2100) * 100 },
      actions: [{ action: 'emergency_stop', phase: 'succeeded', effect: { before: 60, after: 99.9 } }],
      suspects: [{ kind: 'config', by: 'admin' }],
      sections: { trigger: null },
    });
    expect(postmortem.sections.root_cause).toContain('The disk was full.');
    expect(postmortem.checklists.map(({ items }) => items.length)).toEqual([5, 5, 5]);
    const done = postmortem.checklists.flatMap(({ items }) =>
      items.filter((item) => item.done !== null).map((item) => item.id),
    );
    expect(done).toEqual([
      'root_cause_identified',
      'service_restored',
      'monitoring_confirmed',
      'marked_resolved',
      'timeline_documented',
    ]);
  });

  it('comes out the same, byte by byte, from the same record', async () => {
    const [one, other] = [await told, await story()];
    expect(one.postmortem).toEqual(other.postmortem);
    expect(postmortemMarkdown(one.postmortem)).toBe(postmortemMarkdown(other.postmortem));
    expect(postmortemHtml(one.postmortem)).toBe(postmortemHtml(other.postmortem));
    expect(JSON.parse(JSON.stringify(one.postmortem))).toEqual(one.postmortem);
  });

  it('holds no tag that somebody wrote, and needs nothing from elsewhere', async () => {
    const { postmortem } = await told;
    const html = postmortemHtml(postmortem);
    expect(html).not.toContain('<script');
    expect(html.match(/<svg /g)).toHaveLength(2);
    expect(html).not.toMatch(/(?:src|href|url)\s*[=(]/);
    for (const name of ['detected', 'mitigated', 'resolved']) expect(html).toContain(`>${name}</text>`);
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const markdown = postmortemMarkdown(postmortem);
    expect(markdown).not.toContain('<script');
    // A cell stays one, whatever is in it.
    const rows = markdown.split('\n').filter((line) => line.startsWith('| 2026-'));
    for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(4);
    expect(markdown).toContain('- [x] Root cause identified (key-1, 2026-01-05 03:21:42 UTC)');
  });

  it('is the same from the file alone, when the server is dead', async () => {
    const { keeper, id, postmortem, disk } = await told;
    const { incidents, events, active, faults } = readRecord(disk.read(PATH));
    expect([incidents, active, faults]).toEqual([keeper.list(), [], []]);
    expect(postmortemOf(incidents[0]!, events.get(id)!)).toEqual(postmortem);
  });

  it('comes with a policy that allows its style and nothing else', async () => {
    const style = /<style>([^<]*)<\/style>/.exec(postmortemHtml((await told).postmortem))![1]!;
    const sum = createHash('sha256').update(style).digest('base64');
    expect(documentPolicy).toBe(
      `default-src 'none'; style-src 'sha256-${sum}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
    );
  });

  it('goes from draft over review to closed, after which nothing is written any more', async () => {
    const { keeper, id } = await story();
    const by = { by: 'key-1' };
    await expect(keeper.setPostmortem(id, 'reviewed', by)).rejects.toMatchObject({ code: 'incident_state' });
    for (const status of ['in_review', 'draft', 'in_review', 'reviewed', 'closed'] as const)
      await keeper.setPostmortem(id, status, by);
    await expect(keeper.edit(id, { section: 'trigger', text: 'x' }, by)).rejects.toMatchObject({
      code: 'incident_state',
    });
    await expect(keeper.setPostmortem(id, 'draft', by)).rejects.toMatchObject({ code: 'incident_state' });
    expect((await keeper.postmortem(id)).status).toBe('closed');
  });
});

const runbook = join(packageRoot, '../shared/spec/runbook.md');
if (!existsSync(runbook)) process.stdout.write('Skipped: the runbook is not here\n');

it.runIf(existsSync(runbook))("the lists are the runbook's, word for word", () => {
  const boxes = readFileSync(runbook, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('- [ ] '));
  const ours = Object.values(CHECKLISTS).flatMap(({ items }) => Object.values(items));
  expect(ours).toEqual(boxes.map((line) => line.slice('- [ ] '.length)));
});
