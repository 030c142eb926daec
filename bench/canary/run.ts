/** `node dist/bench/canary/run.js`: how soon a canary ends, who notices that it breaks, and how well it is judged; writes canary.json and canary.md, with BENCH_SCALE=smoke small ones into dist. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { openSampleSite } from '../sample-site.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { type Broken, type FaultScenario, measureFault } from './control-arm.ts';
import { type Judged, judge, type Trying } from './judgement.ts';
import { type Killed, type KillScenario, measureKill } from './kill-switch.ts';
import { reportOf } from './report.ts';

const SMOKE = process.env['BENCH_SCALE'] === 'smoke';
const RESULTS = join(packageRoot, SMOKE ? 'dist' : 'bench/results');
const SEED = 7;
const WORKERS = 2;
const DEADLINE_MS = 2000;
const RERANKER = 'wp-chat-rerank-en';
/** So many keep every worker busy, and none waits for its deadline: a canary whose answers are late is rolled back. */
const KILL = { callers: SMOKE ? 4 : 8, stops: SMOKE ? 2 : 20, seed: SEED };
const FAULT = { perSecond: SMOKE ? 10 : 8, phaseSeconds: SMOKE ? 1 : 6, rounds: SMOKE ? 1 : 2, seed: SEED };
const JUDGEMENT = { runs: SMOKE ? 50 : 10_000, requestsMax: 60_000, seed: SEED };

const KILLS: readonly KillScenario[] = [
  { name: 'reranks, its control does not', experiment: 'rerank', enable: {}, parameters: 'topk=5', end: 'promote' },
  {
    name: 'reranks in processes of its own',
    experiment: 'model',
    enable: { canary: { reranker: RERANKER } },
    parameters: 'topk=5',
    end: 'disable',
  },
  {
    name: 'has another weight, nobody is reranked',
    experiment: 'fusion',
    enable: { canary: { retrieval: { fusion: { denseWeight: 0.5 } } } },
    parameters: 'topk=5&rerank=false',
    end: 'disable',
  },
];
const FAULTS: readonly FaultScenario[] = [
  { name: 'fails', fault: { kind: 'throw' } },
  { name: 'hangs', fault: { kind: 'hang' } },
  { name: 'takes 1.2 s longer', fault: { kind: 'slow', ms: 1200 } },
  { name: 'answers NaN', fault: { kind: 'nan' } },
];
const TRYINGS: readonly Trying[] = [
  { name: 'no worse, at 5, 10 and 50 %', shares: [0.05, 0.1, 0.5], times: {} },
  { name: 'no worse, at 1 %', shares: [0.01], times: {} },
  { name: '10 times the errors, at 10 %', shares: [0.1], times: { error: 10 } },
  { name: '4 times the errors, at 10 %', shares: [0.1], times: { error: 4 } },
  { name: '10 times the errors, at 50 %', shares: [0.5], times: { error: 10 } },
  { name: '10 times as many slow, at 10 %', shares: [0.1], times: { slow: 10 } },
  { name: '10 times as many very slow, at 10 %', shares: [0.1], times: { very_slow: 10 } },
];

const say = (note: string): boolean => process.stderr.write(`canary: ${note}\n`);

async function serving<Result>(work: (url: string) => Promise<Result>): Promise<Result> {
  const set = [
    `server.workers=${WORKERS}`,
    `server.deadlineMs=${DEADLINE_MS}`,
    'server.faults=true',
    'retrieval.rerank.depth=5',
  ];
  const server: ServerProcess = await startServer({ configFile: null, set: [] }, site, set);
  try {
    return await work(`http://127.0.0.1:${server.port}`);
  } finally {
    await server.stop();
  }
}

const machine = machineFacts();
const judged: Judged[] = TRYINGS.map((trying) => {
  say(trying.name);
  return judge(trying, { ...JUDGEMENT, runs: trying.shares.length > 1 ? JUDGEMENT.runs : JUDGEMENT.runs / 10 });
});
say('building the sample site');
const site = openSampleSite({ configFile: null, set: [] }, SMOKE ? 12 : 100, 40);
try {
  const { queries, passages } = site;
  const { killed, broken } = await serving(async (url) => {
    const killed: Killed[] = [];
    for (const scenario of KILLS) {
      say(scenario.name);
      killed.push(await measureKill(url, scenario, { ...KILL, queries }));
    }
    const broken: Broken[] = [];
    for (const scenario of FAULTS) {
      say(scenario.name);
      broken.push(await measureFault(url, scenario, RERANKER, { ...FAULT, queries }));
    }
    return { killed, broken };
  });
  const fault = { ...FAULT, deadlineMs: DEADLINE_MS };
  const result = { machine, workers: WORKERS, passages, kill: KILL, killed, fault, broken, judged };
  writeFileSync(join(RESULTS, 'canary.json'), `${JSON.stringify(result, null, 1)}\n`);
  const report = reportOf(result);
  writeFileSync(join(RESULTS, 'canary.md'), report);
  process.stdout.write(report);
} finally {
  site.close();
}
