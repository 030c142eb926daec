/** `node dist/bench/limits-gcra/run.js`: what a decision of the limiter costs; writes limits.json and limits.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { machineFacts } from '../harness/machine.ts';
import { median } from '../harness/rounds.ts';
import { type Subject, tableAlone, wholeGate } from './subjects.ts';

const RESULTS = join(packageRoot, 'bench/results');
const ROUNDS = 9;
const FEW = 1000;
const MANY = 1_000_000;
const TARGET_NS = 300;

/** The same clients in the same order each time: a linear congruential generator (Numerical Recipes). */
function randomOrder(seed: number, length: number, clients: number): Int32Array {
  let state = seed;
  return Int32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return Math.floor(((state >>> 0) / 2 ** 32) * clients);
  });
}

/** User and kernel time of this process, so that others on the machine do not count. */
function cpuNs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** Nanoseconds a decision, round by round. The first rounds fill the table and warm the code: they are left out. */
function measure({ clients, decisions, prepare }: Subject): number[] {
  const warmUp = Math.ceil((2 * clients) / decisions) + 1;
  const rounds: number[] = [];
  for (let round = 0; round < warmUp + ROUNDS; round++) {
    const run = prepare(randomOrder(round + 1, decisions, clients));
    const start = cpuNs();
    run();
    if (round >= warmUp) rounds.push(Math.round(((cpuNs() - start) / decisions) * 10) / 10);
  }
  return rounds;
}

const rows = [tableAlone(FEW), tableAlone(MANY), wholeGate(FEW), wholeGate(MANY)].map((subject) => {
  const rounds = measure(subject);
  return { subject: subject.name, clients: subject.clients, nanoseconds: median(rounds), rounds };
});
const { cpu, cores, node, date, loadBefore } = machineFacts();

const report = `# What a limit costs

CPU time of the process, user and kernel, a decision; clients come in random order, so with a million of them each decision is a walk through
24 MB that no cache of a core holds. Medians of ${ROUNDS} rounds, lowest and highest in brackets. \`decision\` is the table alone: the target is
${TARGET_NS} ns. \`gate\` is all that stands before a search: the address out of its text, proxies, blocks, policy, clock, record, decision, and
five headers onto the answer. Reproduce: \`node dist/bench/limits-gcra/run.js\`.

| subject | clients | ns |
| --- | ---: | ---: |
${rows
  .map(
    ({ subject, clients, nanoseconds, rounds }) =>
      `| ${subject} | ${clients.toLocaleString('en')} | ${nanoseconds} [${Math.min(...rounds)}, ${Math.max(...rounds)}] |`,
  )
  .join('\n')}

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
writeFileSync(join(RESULTS, 'limits.json'), `${JSON.stringify({ targetNs: TARGET_NS, rows }, null, 1)}\n`);
writeFileSync(join(RESULTS, 'limits.md'), report);
process.stdout.write(report);
