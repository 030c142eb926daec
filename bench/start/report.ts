/** The measurements as a page. */
import type { MachineFacts } from '../harness/machine.ts';
import { median } from '../harness/rounds.ts';
import type { Started, StartPlan } from './measure.ts';

export interface MeasuredIndex {
  readonly passages: number;
  readonly posts: number;
  readonly textBytes: number;
  readonly indexBytes: number;
  readonly builtMs: number;
  readonly starts: readonly (Pick<StartPlan, 'mode' | 'cache'> & { readonly rounds: readonly Started[] })[];
}

export interface StartResult {
  readonly machine: MachineFacts;
  readonly seed: number;
  readonly indexes: readonly MeasuredIndex[];
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);
const cells = (...all: readonly (string | number)[]): string => `| ${all.join(' | ')} |`;

export function reportOf({ machine, seed, indexes }: StartResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# From the start to the first answer, by the size of the index

The index is made up (seed ${seed}): words of the sample site by their frequency, 40 a passage, four passages a post, vectors of a space of eight
dimensions turned into all of the embedder's; written by the real writer. The server is the real one, with one worker and both models, a process of its own
each time. \`listens\`: from its spawn until it says that it listens; \`answered\`: until its first search was answered with results; \`again\`: the
same search once more, nothing remembered. \`dropped\`: the kernel had none of the index in memory (\`of the index in memory\` says what it had).
Medians, lowest and highest round in brackets. Reproduce: \`make bench-start\`.

| passages | posts | text MiB | index MiB | built in s |
| ---: | ---: | ---: | ---: | ---: |
${indexes.map((one) => cells(one.passages, one.posts, mib(one.textBytes), mib(one.indexBytes), (one.builtMs / 1000).toFixed(0))).join('\n')}

| passages | first search | index | of the index in memory MiB | listens ms | answered ms | again ms | PSS MiB | RSS MiB |
| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
${indexes.flatMap(({ passages, starts }) => starts.map((one) => rowOf(passages, one))).join('\n')}

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

function rowOf(passages: number, { mode, cache, rounds }: MeasuredIndex['starts'][number]): string {
  const all = (metric: Exclude<keyof Started, 'cachedBytes'>): number[] => rounds.map((round) => round[metric]);
  const cached = rounds.map(({ cachedBytes }) => cachedBytes).filter((bytes) => bytes !== null);
  return cells(
    ...[passages, mode, cache, cached.length === 0 ? 'unknown' : mib(median(cached))],
    ...[told(all('listensMs'), 0), told(all('answeredMs'), 0), told(all('secondMs'), 1)],
    ...[mib(median(all('pssBytes'))), mib(median(all('rssBytes')))],
  );
}

const told = (values: readonly number[], digits: number): string =>
  `${median(values).toFixed(digits)} [${Math.min(...values).toFixed(digits)}, ${Math.max(...values).toFixed(digits)}]`;
