import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { Buckets, decodePayload } from '../../../../ops/capacity/hlog/index.ts';
import type { SweepStep } from '../../../../ops/capacity/sweep/index.ts';
import { runStep, type StepPlan } from '../../../../ops/capacity/sweep/run-step.ts';
import { answerBody, listen } from './fake-server.ts';

const planFor = (target: StepPlan['target'], rest: Partial<StepPlan> = {}): StepPlan => ({
  target,
  queries: ['slow database', 'restore a backup & more'],
  fresh: 0,
  parameters: 'topk=3',
  arrivals: 'uniform',
  perSecond: 200,
  seconds: 0.2,
  deadlineMs: 10_000,
  slices: 4,
  seed: 1,
  ...rest,
});

const valuesOf = ({ slices }: SweepStep, part: 'total' | 'queue' | 'service' | 'rerank'): Buckets =>
  Buckets.merged(
    slices.flatMap(({ histograms }) => (histograms[part] === undefined ? [] : [decodePayload(histograms[part])])),
  );

describe('a step', () => {
  it('sends what is due, whatever the server does: a server that answers nothing until the last request came gets them all', async () => {
    const held: ServerResponse[] = [];
    const asked: string[] = [];
    const target = await listen((request, response) => {
      asked.push(request.url!);
      held.push(response);
      if (held.length === 40) for (const one of held) one.end(answerBody());
    });
    const step = await runStep(planFor(target));
    expect(step).toMatchObject({
      sent: 40,
      answered: 40,
      unanswered: 0,
      failed: {},
      degraded: 0,
      cut: false,
      perSecond: 200,
    });
    expect(new Set(asked)).toEqual(
      new Set(['/search?q=slow%20database&topk=3', '/search?q=restore%20a%20backup%20%26%20more&topk=3']),
    );
    const latencies = valuesOf(step, 'total');
    expect(latencies.total).toBe(40);
    // The first was due 195 ms before the last, and had no answer until that one had been sent.
    expect(latencies.max).toBeGreaterThanOrEqual(194e6);
  });

  it('takes the times of the stages from the answers, not from what hits look like', async () => {
    const step = await runStep(planFor(await listen((_, response) => response.end(answerBody()))));
    expect(valuesOf(step, 'queue').total).toBe(40);
    expect(valuesOf(step, 'queue').mean / 1e6).toBeCloseTo(3, 2);
    expect(valuesOf(step, 'service').mean / 1e6).toBeCloseTo(12, 1);
    expect(valuesOf(step, 'rerank').mean / 1e6).toBeCloseTo(8, 1);
  });

  it('counts a request without an answer at its deadline, so that percentiles cannot look better than they are', async () => {
    const step = await runStep(planFor(await listen(() => {}), { deadlineMs: 60 }));
    expect(step).toMatchObject({ sent: 40, answered: 0, unanswered: 40 });
    expect(valuesOf(step, 'total').atPercentile(1) / 1e6).toBeCloseTo(60, 0);
  });

  it('counts refusals by status, lost connections as lost, and lesser answers as degraded', async () => {
    let n = 0;
    const target = await listen((_, response) => {
      n += 1;
      if (n % 4 === 0) response.writeHead(503).end('no');
      else if (n % 4 === 1) response.destroy();
      else if (n % 4 === 2) response.end(answerBody(undefined, ['rerank_deadline']));
      else response.end('{"not":"a search"}');
    });
    const step = await runStep(planFor(target));
    expect(step).toMatchObject({ sent: 40, answered: 20, degraded: 10, failed: { 503: 10, lost: 10 } });
    expect(valuesOf(step, 'total').total).toBe(20);
    expect(valuesOf(step, 'service').total).toBe(10);
  });

  it('reads answers that come in pieces, and goes on after a server closed its connections', async () => {
    const target = await listen((request, response) => {
      const body = answerBody();
      response.writeHead(200, {
        'content-length': Buffer.byteLength(body),
        connection: request.url!.includes('slow') ? 'close' : 'keep-alive',
      });
      response.write(body.slice(0, 9));
      setImmediate(() => response.end(body.slice(9)));
    });
    expect(await runStep(planFor(target))).toMatchObject({ sent: 40, answered: 40, failed: {} });
  });

  it('reads answers in chunks, wherever they are cut', async () => {
    const target = await listen((_, response) => {
      const body = answerBody();
      for (let at = 0; at < body.length; at += 37) response.write(body.slice(at, at + 37));
      setImmediate(() => response.end());
    });
    const step = await runStep(planFor(target));
    expect(step).toMatchObject({ sent: 40, answered: 40, failed: {} });
    expect(valuesOf(step, 'rerank').total).toBe(40);
  });

  it('asks the same with the same seed, and makes as many queries new as it is told', async () => {
    const asked: string[][] = [[], []];
    for (const run of asked) {
      const target = await listen((request, response) => {
        run.push(new URL(request.url!, 'http://x').searchParams.get('q')!);
        response.end(answerBody());
      });
      await runStep(planFor(target, { fresh: 0.5, arrivals: 'poisson', perSecond: 1000, seed: 7 }));
    }
    // Connections may be served in another order than they were opened.
    expect([...asked[0]!].sort()).toEqual([...asked[1]!].sort());
    const known = asked[0]!.filter((query) => planFor({ host: '', port: 0 }).queries.includes(query)).length;
    expect(known / asked[0]!.length).toBeGreaterThan(0.3);
    expect(known / asked[0]!.length).toBeLessThan(0.75);
  });

  it('against nobody ends, and says that connections were lost', async () => {
    expect(await runStep(planFor({ host: '127.0.0.1', port: 1 }))).toMatchObject({ answered: 0, failed: { lost: 40 } });
  });
});
