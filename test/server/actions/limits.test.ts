/** What is done about a flood: who floods is found by what is refused, kept out for a while, and nobody else is. */
import { describe, expect, it } from 'vitest';
import { adjustRateLimits } from '../../../server/actions/adjust-rate-limits.ts';
import { blockAddresses } from '../../../server/actions/block-addresses.ts';
import { showRateLimits } from '../../../server/actions/show-rate-limits.ts';
import { type Desk, openDesk } from '../limits/support.ts';
import { acted, FakeMeasures } from './arrange-actions.ts';

const FLOODER = '203.0.113.66';
const GUESTS = Array.from({ length: 10 }, (_, at) => `198.51.100.${at + 1}`);
const MILD = { maxRequests: 10, windowSeconds: 1, burst: 20, autoBlock: { enabled: false } };

/** Guests ask twice a second, one asks a hundred times. */
async function flooded(settings: Record<string, unknown> = {}): Promise<Desk & { refused: { rate: number } }> {
  const desk = openDesk({ ...MILD, ...settings });
  for (let second = 0; second < 20; second++) {
    for (const client of GUESTS) await desk.searches(2, { client });
    await desk.searches(100, { client: FLOODER });
    desk.clock.passS(1);
  }
  return { ...desk, refused: { rate: 90 } };
}

const partsOf = ({ limits, refused }: { limits: Desk['limits']; refused: { rate: number } }) => ({
  limits,
  traffic: () => ({ limitedPerSecond: refused.rate, shedPerSecond: 0, talkers: [] }),
});

const wallOf = ({ clock }: Desk) => ({
  get ms() {
    return clock.wallMs();
  },
  set ms(to: number) {
    clock.passS((to - clock.wallMs()) / 1000);
  },
});

it('who is refused most is told, and what is in force', async () => {
  const { execute } = acted(showRateLimits(partsOf(await flooded())));
  const { said, details } = await execute();
  expect(said).toMatch(/10 queries in 1 s, 20 at once; 90 a second are refused; .*worst: 203\.0\.113\.66/);
  expect(details).toMatchObject({ suspects: [{ address: FLOODER }] });
});

describe('block_addresses', () => {
  const arrange = async (settings: Record<string, unknown> = {}) => {
    const desk = await flooded(settings);
    const measures = new FakeMeasures();
    const action = acted(blockAddresses({ ...partsOf(desk), measures }), wallOf(desk));
    const statusOf = async (client: string): Promise<number> => (await desk.searches(1, { client }))[0]!;
    return { ...desk, ...action, statusOf };
  };

  it('keeps out who floods, and him alone, until it is taken back', async () => {
    const { execute, preview, statusOf, refused, runner } = await arrange();
    expect(await preview()).toMatchObject({ objection: null, steps: [expect.stringContaining(FLOODER)] });
    refused.rate = 90;
    const record = await execute();
    expect(record).toMatchObject({ state: 'done', details: { blocked: [`${FLOODER}/32`] } });
    expect((record.details as { firewall: string[] }).firewall[0]).toContain('iptables -A INPUT -s 203.0.113.66/32');
    expect([await statusOf(FLOODER), await statusOf(GUESTS[0]!)]).toEqual([403, 200]);
    expect((await preview()).objection).toContain('Nobody stands out');
    await runner.undo(record.runId, 'grace');
    expect(await statusOf(FLOODER)).not.toBe(403);
  });

  it('lets them in again by itself', async () => {
    const { execute, pass, statusOf } = await arrange();
    await execute({ minutes: 5 });
    await pass(299_000);
    expect(await statusOf(FLOODER)).toBe(403);
    await pass(1000);
    expect(await statusOf(FLOODER)).toBe(200);
  });

  it('never blocks what is never blocked, nor what is too wide, and says which', async () => {
    const { execute, statusOf } = await arrange({ neverBlock: FLOODER });
    expect(await execute()).toMatchObject({ state: 'refused', said: expect.stringContaining('Nobody stands out') });
    for (const address of [FLOODER, '127.0.0.1', '203.0.0.0/8', 'nobody'])
      expect(await execute({ addresses: [address] })).toMatchObject({
        state: 'refused',
        said: expect.stringContaining(address),
      });
    expect(await statusOf(FLOODER)).not.toBe(403);
    expect(await execute({ addresses: ['198.51.100.1'] })).toMatchObject({ state: 'done' });
    expect(await statusOf('198.51.100.1')).toBe(403);
  });

  it('does not take for one who floods a proxy that nobody has configured, nor a gateway', async () => {
    const desk = openDesk(MILD);
    for (const client of [FLOODER, '10.0.0.1'])
      await desk.searches(200, { client, headers: client === FLOODER ? { 'x-forwarded-for': '198.51.100.9' } : {} });
    expect(desk.limits.operate.suspects()).toEqual([]);
  });
});

describe('adjust_rate_limits', () => {
  const arrange = async () => {
    const desk = await flooded();
    const clock = wallOf(desk);
    const parts = { ...partsOf(desk), wallMs: () => desk.clock.wallMs() };
    const policy = () => desk.limits.status().policy;
    return { ...desk, policy, passS: (s: number) => desk.clock.passS(s), ...acted(adjustRateLimits(parts), clock) };
  };

  it('has to be confirmed, says whom it would refuse, and is over by itself', async () => {
    const { execute, preview, policy, pass } = await arrange();
    expect(await execute({}, { confirm: false })).toMatchObject({ state: 'refused' });
    const given = { max_requests: 5, window_seconds: 1, minutes: 10 };
    expect((await preview(given)).steps.join()).toMatch(/of 1 of 11 clients.*203\.0\.113\.66/);
    expect(await execute(given)).toMatchObject({ state: 'done' });
    expect(policy()).toMatchObject({ name: 'adjusted', maxRequests: 5, burst: 5 });
    await pass(599_000);
    expect(policy().name).toBe('adjusted');
    await pass(1000);
    expect(policy()).toMatchObject({ name: 'default', maxRequests: 10 });
  });

  it('is refused where it would shut most people out, as what the runbook prints would here, unless that is meant', async () => {
    const { execute, policy } = await arrange();
    const printed = { max_requests: 10, window_seconds: 3600 };
    expect(await execute(printed)).toMatchObject({
      state: 'refused',
      said: expect.stringContaining('11 of the 11 clients'),
    });
    expect(policy().name).toBe('default');
    expect(await execute({ ...printed, force: true })).toMatchObject({ state: 'done' });
  });

  it('finds a limit by itself that those who ask little do not meet', async () => {
    const { execute, policy, searches, passS } = await arrange();
    await execute();
    expect(policy().maxRequests).toBeLessThan(10);
    for (let second = 0; second < 5; second++) {
      expect(await searches(1, { client: '192.0.2.1' })).toEqual([200]);
      passS(1);
    }
  });

  it('is taken back to what was so before, be that another one, unless somebody has changed it', async () => {
    const { execute, runner, policy, limits, passS } = await arrange();
    const first = await execute({ max_requests: 5 });
    await runner.undo(first.runId, 'grace');
    expect(policy().name).toBe('default');
    limits.operate.adjust({ maxRequests: 7, windowSeconds: 1, burst: 7 }, 600);
    passS(10);
    const second = await execute({ max_requests: 5 });
    await runner.undo(second.runId, 'grace');
    expect(policy()).toMatchObject({ name: 'adjusted', maxRequests: 7 });
    const third = await execute({ max_requests: 5 });
    passS(10);
    limits.operate.adjust({ maxRequests: 3, windowSeconds: 1, burst: 3 }, 600);
    expect((await runner.undo(third.runId, 'grace')).said).toContain('stays');
    expect(policy().maxRequests).toBe(3);
  });
});
