/** No act of an operator is answered before it is taken down, and those that were refused are taken down, too. */
import { describe, expect, it } from 'vitest';
import type { AuditAct } from '../../../ops/audit/index.ts';
import { AuditDesk, audited } from '../../../server/audit/index.ts';
import { rememberKey } from '../../../server/auth/identity.ts';
import type { Admitted, HttpAnswer, HttpRequest, Route } from '../../../server/http.ts';
import { problemAnswer } from '../../../server/problem-answer.ts';
import { problem } from '../../../server/wire/index.ts';

const DONE: HttpAnswer = { status: 200, contentType: 'application/json', body: '{}' };
const refusal = (code: 'forbidden' | 'incident_changed' | 'internal'): HttpAnswer =>
  problemAnswer(problem(code, 'No', 'r1'), 'json');

const asked = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  ...{ method: 'POST', path, query: '', headers: new Map(), body: new Uint8Array(0), client: '10.0.0.7' },
  ...more,
});
const json = (value: unknown): Partial<HttpRequest> => ({
  body: Buffer.from(JSON.stringify(value)),
  headers: new Map([['content-type', 'application/json']]),
});

/** What was taken down when the answer came. */
async function told(route: Partial<Route> & Pick<Route, 'path'>, request: HttpRequest) {
  const acts: Omit<AuditAct, 'outcome'>[] = [];
  const done: string[] = [];
  let late = false;
  const audit = {
    append: async (act: AuditAct) => {
      await Promise.resolve();
      expect(late).toBe(false);
      acts.push(act);
      return true;
    },
    refused: (act: Omit<AuditAct, 'outcome'>) => void acts.push({ ...act, outcome: 'refused' } as AuditAct),
  };
  const whole: Route = { method: 'POST', handle: () => DONE, ...route };
  const [wrapped] = audited([whole], { audit, bodyDepthMax: 16, done: ({ action }) => done.push(action) });
  const answer = await Promise.resolve(wrapped!.handle(request)).catch((error: Error) => error);
  late = true;
  return { acts, done, answer };
}

describe('what is done', () => {
  it('has who, from where, what, and with which parameters', async () => {
    const request = asked('/admin/incidents/01J/execute', { ...json({ action_id: 'x' }), query: 'confirm=true' });
    rememberKey(request, 'wpc_0123456789ab');
    const { acts, done } = await told({ path: '/admin/incidents/:id/execute' }, { ...request, caller: '192.0.2.1' });
    expect(acts).toEqual([
      {
        actor: 'loopback',
        address: '192.0.2.1',
        action: 'incidents.execute',
        parameters: { id: '01J', action_id: 'x', confirm: 'true' },
        outcome: 'done',
        code: '',
      },
    ]);
    expect(done).toEqual(['incidents.execute']);
    expect((await told({ path: '/admin/incidents/:id/execute' }, request)).acts[0]!.actor).toBe('wpc_0123456789ab');
  });

  it('is told with the code of its refusal, and nobody hears of a change', async () => {
    const { acts, done } = await told(
      { path: '/admin/incidents/:id/resolve', handle: () => refusal('incident_changed') },
      asked('/admin/incidents/01J/resolve'),
    );
    expect(acts[0]).toMatchObject({ outcome: 'refused', code: 'incident_changed' });
    expect(done).toEqual([]);
  });

  it('nor who was not let in, whom nobody has proved to be the one that he says', async () => {
    const key = `wpc_0123456789ab.${'A'.repeat(43)}`;
    const admit = (): Admitted => refusal('forbidden');
    const { acts } = await told(
      { path: '/admin/cache/clear', admit },
      asked('/admin/cache/clear', { headers: new Map([['x-api-key', key]]), ...{ body: Buffer.from('{"a":1}') } }),
    );
    expect(acts).toEqual([
      {
        ...{ actor: '', address: '10.0.0.7', action: 'cache.clear', outcome: 'refused', code: 'forbidden' },
        parameters: { claimed: 'wpc_0123456789ab' },
      },
    ]);
  });

  it('nor what broke, however it did', async () => {
    const failing = { path: '/admin/cache/clear', handle: () => refusal('internal') };
    expect((await told(failing, asked('/admin/cache/clear'))).acts[0]).toMatchObject({ outcome: 'failed' });
    const handle = (): never => {
      throw new Error('bug');
    };
    const { acts, answer } = await told({ path: '/admin/cache/clear', handle }, asked('/admin/cache/clear'));
    expect(acts[0]).toMatchObject({ outcome: 'failed', code: 'internal' });
    expect(answer).toEqual(new Error('bug'));
  });
});

it('who looks, searches, writes documents, or is a site that tells of its changes, does nothing that would be taken down', async () => {
  for (const [method, path] of [
    ['GET', '/admin/incidents/status'],
    ['PUT', '/documents'],
    ['POST', '/search'],
    ['POST', '/webhook/wordpress'],
  ] as const) {
    expect((await told({ method, path }, asked(path, { method }))).acts, path).toEqual([]);
  }
});

it('a desk without a log remembers a thousand acts, counts what is more, and hands them over with their time', async () => {
  const desk = new AuditDesk(null, () => 0);
  const act = { actor: '', address: '', action: 'cache.clear', parameters: {}, code: '' };
  for (let n = 0; n < 600; n++) {
    expect(await desk.append({ ...act, outcome: 'done' })).toBe(false);
    desk.refused(act);
  }
  expect([desk.lost, desk.head.seq]).toEqual([200, 0]);
  const taken: AuditAct[] = [];
  const log = { append: async (one: AuditAct) => taken.push(one) > 0, head: { seq: 7, hash: 'h' }, lost: 1 };
  await desk.take(log as never);
  expect(taken).toHaveLength(1000);
  expect(taken[1]).toEqual({ ...act, outcome: 'refused', parameters: { at: '1970-01-01T00:00:00.000Z' } });
  expect([desk.lost, desk.head.seq]).toEqual([201, 7]);
});
