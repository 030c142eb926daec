/** The life of an incident before a real server: reported, taken, written up, found again after a restart; and the log of who did what. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createKey } from '../../../server/auth/key-making.ts';
import type { ToldIncident } from '../../../server/incidents/index.ts';
import { askCli, type CliRun } from '../../support/cli.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { type ServerProcess, startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

const logs = scratchFolder();
const keysFile = join(scratchFolder(), 'keys.json');
const settings = [
  `logs.directory=${logs}`,
  `server.auth.keysFile=${keysFile}`,
  'server.auth.failuresBurst=2',
  // What is done here is done by hand.
  'incidents.automatic.enabled=false',
];
const { key: searchKey } = createKey(
  keysFile,
  { name: 'site', scopes: ['search'], from: [], lifetimeMs: null },
  Date.now(),
);

const searchKeyId = searchKey.split('.')[0];

let server: ServerProcess;
const start = async (): Promise<void> => {
  server = await startSampleServer({ set: settings });
};
beforeAll(start);
afterAll(() => server.stop());

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown> & { incident?: ToldIncident };
}

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(server.url + path, { method, headers: { ...type, ...headers }, ...sent });
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}
const post = (path: string, body: object = {}, headers = {}) => ask('POST', `/admin/incidents/${path}`, body, headers);
const get = (path: string) => ask('GET', `/admin/incidents/${path}`);

const cli = (...words: string[]): Promise<CliRun> =>
  askCli([...words, '--set', `logs.directory=${logs}`, '--set', 'server.port=1']);
const incident = (...words: string[]): Promise<CliRun> => cli('incident', ...words, '--url', server.url);

let id = '';
const current = async (): Promise<ToldIncident> => (await get(id)).body.incident!;

describe('an incident that somebody reports', () => {
  it('is nobody yet; then it is there under the names that tools know, and the runbook’s curl reports one, too', async () => {
    expect((await get('status')).body).toMatchObject({ active_incidents: 0, recent_incidents_24h: 0 });
    const description = 'Search takes seconds';
    const told = await post('detect', { incident_type: 'high_latency', description, affected_components: ['search'] });
    expect(told).toMatchObject({ status: 200, body: { status: 'success', durable: true } });
    expect(told.body.incident).toMatchObject({
      ...{ incident_type: 'high_latency', severity: 'high', state: 'detected', description, version: 1 },
      ...{ source: 'operator', detected_by: 'loopback', affected_components: ['search'], resolved_at: null },
      suspects: [expect.objectContaining({ kind: 'restart' })],
    });
    id = told.body.incident!.incident_id;
    const again = await ask(
      'POST',
      `/admin/incidents/detect?incident_type=cache_failure&severity=low&affected_components=cache`,
    );
    expect(again.body.incident).toMatchObject({ incident_type: 'cache_failure', severity: 'low' });
    expect((await get('status')).body).toMatchObject({
      ...{ active_incidents: 2, recent_incidents_24h: 2 },
      severity_breakdown: { critical: 0, high: 1, medium: 0, low: 1 },
      type_breakdown: { high_latency: 1, cache_failure: 1 },
      record: { kept: true, unkept: null, damaged_lines: 0 },
    });
    expect((await get('active')).body['active_incidents']).toHaveLength(2);
    expect((await post('detect', { incident_type: 'fire' })).status).toBe(400);
    expect((await get('01JAAAAAAAAAAAAAAAAAAAAAAA')).body).toMatchObject({ status: 404, code: 'incident_missing' });
  });

  it('is taken by whoever saw it as it is: others hear what it has become', async () => {
    const { version } = await current();
    const taken = await post(`${id}/acknowledge`, { assigned_to: 'ada', expected_version: version });
    expect(taken.body.incident).toMatchObject({ state: 'acknowledged', assigned_to: 'ada (loopback)' });
    const late = await post(`${id}/resolve`, { notes: 'over', expected_version: version });
    expect(late).toMatchObject({ status: 409, body: { code: 'incident_changed', version: version + 1 } });
    expect((await current()).state).toBe('acknowledged');
  });

  it('is told, noted, shown and resolved from the command line', async () => {
    expect((await incident('note', id, 'The provider\r\nis told \u001b[2J\u202e')).code).toBe(0);
    const shown = await incident('show', id);
    // On one line, and with nothing that a terminal would obey.
    expect(shown.out).toContain('The provider is told \ufffd[2J\ufffd');
    expect((await incident('active', '--check')).code).toBe(1);
    const resolved = await incident('resolve', id, '--notes', 'Fixed by restart');
    expect([resolved.code, resolved.out]).toEqual([0, expect.stringMatching(/resolved: high, resolved, version \d/)]);
    const twice = await incident('resolve', id);
    expect([twice.code, twice.err]).toEqual([1, expect.stringContaining('it is over')]);
    expect(await current()).toMatchObject({ resolution_notes: 'Fixed by restart', postmortem_status: 'draft' });
    const auto = await incident('auto-detect');
    expect(auto.out).toMatch(/Detected 0 incidents\n.*too few requests/);
  });
});

describe('what the runbook has done about it', () => {
  interface Executed {
    readonly success: boolean;
    readonly applied: boolean;
    readonly action: { readonly run: string; readonly state: string; readonly undoable: boolean } | null;
  }
  const isEnabled = async (): Promise<unknown> => (await ask('GET', '/stats/cache')).body['enabled'];

  it('is listed, rehearsed, done, seen to be so, and taken back', async () => {
    const { active_incidents: active } = (await get('active')).body as unknown as { active_incidents: ToldIncident[] };
    const [{ incident_id: one }] = active as [ToldIncident];
    const listed = await incident('procedures', one);
    expect([listed.code, listed.out]).toEqual([0, expect.stringContaining(`incident execute ${one} disable_cache`)]);
    const execute = async (...words: string[]): Promise<Executed> => {
      const { out, err } = await incident('execute', one, 'disable_cache', ...words, '--json');
      expect(err).toBe('');
      return JSON.parse(out) as Executed;
    };
    expect(await execute('--dry-run')).toMatchObject({ success: true, applied: false, action: null });
    expect(await isEnabled()).toBe(true);
    const done = await execute('--confirm');
    expect(done).toMatchObject({ success: true, applied: true, action: { state: 'done', undoable: true } });
    expect(await isEnabled()).toBe(false);
    const { incident: mitigating } = (await get(one)).body;
    expect(mitigating).toMatchObject({
      state: 'mitigating',
      actions_taken: [{ phase: 'started' }, { action: 'disable_cache', phase: 'succeeded', by: 'loopback' }],
    });
    const undone = await incident('undo', one, done.action!.run);
    expect([undone.code, undone.err]).toEqual([0, '']);
    expect(await isEnabled()).toBe(true);
    const unknown = await incident('execute', one, 'sing', '--confirm');
    expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There is no action "sing"')]);
  });
});

describe('its post-mortem', () => {
  it('is written up step by step, and not from behind', async () => {
    const path = `/admin/incidents/${id}/postmortem`;
    const wrong = await ask('PATCH', path, { status: 'closed', sections: { root_cause: 'x' } });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'incident_state' } });
    const written = await ask('PATCH', path, {
      sections: { root_cause: 'A table without an index' },
      checklists: { root_cause_identified: true },
      items: [{ id: '1', text: 'Add one', kind: 'prevent', owner: 'ada', due: '2026-12-01', done: false }],
      status: 'in_review',
    });
    expect(written.body.incident).toMatchObject({ postmortem_status: 'in_review' });
    const { body } = await ask('GET', path);
    expect(body).toMatchObject({
      ...{ id, status: 'in_review', type: 'high_latency' },
      sections: { root_cause: 'A table without an index', trigger: null },
      items: [{ text: 'Add one' }],
    });
  });

  it('is read as JSON, as Markdown and as a page that needs nothing else', async () => {
    const read = async (accept: string, query = '') => {
      const response = await fetch(`${server.url}/admin/incidents/${id}/postmortem${query}`, { headers: { accept } });
      return { type: response.headers.get('content-type'), text: await response.text(), headers: response.headers };
    };
    const markdown = await read('text/markdown');
    expect(markdown.type).toBe('text/markdown; charset=utf-8');
    expect(markdown.text).toMatch(/^# High latency of search, high\n/);
    expect(markdown.text).toContain('A table without an index');
    expect((await read('*/*', '?format=markdown')).text).toBe(markdown.text);
    const page = await read('text/html,*/*');
    expect([page.type, page.text.startsWith('<!doctype html>')]).toEqual(['text/html; charset=utf-8', true]);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect((await read('*/*')).type).toBe('application/json');
    const shown = markdown.text.trimEnd().replaceAll('\u001b', '\ufffd').replaceAll('\u202e', '\ufffd');
    expect((await incident('postmortem', id)).out.trimEnd()).toBe(shown);
  });
});

describe('who did what', () => {
  const entries = async () =>
    (await ask('GET', '/admin/audit?limit=1000')).body as unknown as {
      readonly entries: { actor: string; action: string; outcome: string; code: string; parameters: object }[];
      readonly head: { seq: number; hash: string };
    };

  it('is told, refused acts too, and the latest first', async () => {
    const proxied = { 'x-forwarded-for': '203.0.113.9' };
    expect((await ask('POST', '/admin/cache/clear', {}, proxied)).status).toBe(401);
    expect((await ask('POST', '/admin/cache/clear', {}, { 'x-api-key': searchKey })).status).toBe(403);
    const wrong = { 'x-api-key': `wpc_000000000000.${'A'.repeat(43)}` };
    const statuses = [1, 2, 3].map(async () => (await ask('POST', '/admin/cache/disable', {}, wrong)).status);
    expect(new Set(await Promise.all(statuses))).toEqual(new Set([401, 429]));
    // Nobody waits for the line of one that is refused.
    await until(async () => (await entries()).entries.some(({ code }) => code === 'rate_limited'));
    const { entries: told } = await entries();
    expect(told.map(({ action, outcome, code }) => `${action} ${outcome} ${code}`)).toEqual(
      expect.arrayContaining([
        'process.start done ',
        'incidents.detect done ',
        'incidents.detect refused request_invalid',
        'incidents.resolve refused incident_changed',
        'incidents.postmortem.patch done ',
        'cache.clear refused unauthorized',
        'cache.clear refused forbidden',
        'cache.disable refused rate_limited',
      ]),
    );
    expect(told.find(({ code }) => code === 'forbidden')).toMatchObject({
      actor: '',
      parameters: { claimed: searchKeyId },
    });
    const resolve = told.find(({ code }) => code === 'incident_changed')!;
    expect(resolve).toMatchObject({ actor: 'loopback', parameters: { id, notes: 'over' } });
    expect(told.at(-1)).toMatchObject({ action: 'process.start' });
  });

  it('has its head in /metrics, and an anchor holds against it until a byte of it is another', async () => {
    const { head } = await entries();
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toContain(`wp_chat_audit_head_info{seq="${head.seq}",hash="${head.hash}"} 1`);
    const anchor = ['--anchor', `${head.seq}:${head.hash}`];
    const sound = await cli('audit', 'verify', ...anchor);
    expect([sound.code, sound.out]).toEqual([0, expect.stringContaining('The anchor holds')]);
    const path = join(logs, 'audit.jsonl');
    const whole = readFileSync(path);
    const bent = Buffer.from(whole);
    bent[bent.indexOf('high_latency')]! ^= 1;
    writeFileSync(path, bent);
    const found = await cli('audit', 'verify', '--json');
    writeFileSync(path, whole);
    expect([found.code, JSON.parse(found.out)]).toEqual([
      1,
      expect.objectContaining({ fault: expect.objectContaining({ why: 'edited', seq: 2 }) }),
    ]);
  });
});

describe('a server that is gone', () => {
  it('left a record that the command line reads, and the next one goes on with', async () => {
    const { port } = server;
    expect(await server.stop()).toBe(0);
    const status = await cli('incident', 'status');
    expect([status.code, status.out]).toEqual([0, expect.stringMatching(/from the record\n\n1 active: 1 low\n/)]);
    const left = JSON.parse((await cli('incident', 'active', '--json')).out) as { active_incidents: ToldIncident[] };
    expect(left).toMatchObject({ source: 'file', active_incidents: [{ incident_type: 'cache_failure' }] });
    expect((await cli('incident', 'postmortem', id)).out).toContain('A table without an index');
    const nobody = await cli('incident', 'acknowledge', id, '--url', `http://127.0.0.1:${port}`);
    expect([nobody.code, nobody.err]).toEqual([5, expect.stringContaining('nobody listens there')]);
    await start();
    expect((await get('active')).body['active_incidents']).toEqual(left.active_incidents);
    expect(await current()).toMatchObject({ state: 'resolved', postmortem_status: 'in_review' });
    expect((await cli('audit', 'verify')).code).toBe(0);
  });
});

it('the quick reference needs no server', async () => {
  const { code, out } = await cli('incident', 'emergency-ref');
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/High latency +high +Disable rerank \* +Clear cache +Restart/),
  ]);
});
