/** The measurements as a page. */
import type { MachineFacts } from '../harness/machine.ts';
import type { MergeMemory } from './memory.ts';
import type { Asked, MeasuredMerges, Merged } from './merge.ts';
import type { Delay, Visibility } from './visibility.ts';

export interface LiveResult {
  readonly machine: MachineFacts;
  readonly passages: number;
  readonly visibility: readonly Visibility[];
  readonly merges: MeasuredMerges;
  readonly memory: readonly MergeMemory[];
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

export function reportOf({ machine, passages, visibility, merges, memory }: LiveResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# Documents that change while they are served

The sample site (${passages} passages), one worker, models as shipped, in one process without HTTP and cache. A new post is one of that
site under another id, with a paragraph of a word that nobody else has; an edit changes that paragraph alone. Reproduce: \`make bench-live\`.

| writes | a second | of them | durable ms p50, p99, max | found by words ms p50, p99, max | with vectors ms p50, p99, max |
| --- | ---: | ---: | ---: | ---: | ---: |
${visibility.map(rowOf).join('\n')}

\`durable\`: from the request to its acknowledgement. \`found by words\`: from there to the end of a search that finds it, asked as soon as
\`live.visible\` says that every search does; each was checked. \`with vectors\`: from the acknowledgement until it has them in every search.

${merges.all.length} merges of ${merges.documents} changed documents each (the first takes those from above, too), while ${merges.perSecond} hybrid queries a second come when they are due:

| | queries | failed | p50 ms | p99 ms | max ms |
| --- | ---: | ---: | ---: | ---: | ---: |
${merges.all.map(queriesOf).join('\n')}

| merge | took s | its process MiB at most | the serving process MiB before, at most meanwhile |
| ---: | ---: | ---: | ---: |
${merges.all.map(costOf).join('\n')}

A merge of one change by the size of the index, which is the site so many times over; nobody asks meanwhile:

| posts | passages | took s | its process MiB at most |
| ---: | ---: | ---: | ---: |
${memory.map((one) => cells(one.posts, one.passages, (one.tookMs / 1000).toFixed(1), mib(one.bytesMax))).join('\n')}

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

const cells = (...all: readonly (string | number)[]): string => `| ${all.join(' | ')} |`;

const delay = ({ p50Ms, p99Ms, maxMs }: Delay, digits: number): string =>
  [p50Ms, p99Ms, maxMs].map((ms) => ms.toFixed(digits)).join(', ');

const rowOf = ({ name, perSecond, writes, acknowledged, words, whole }: Visibility): string =>
  cells(name, perSecond, writes, delay(acknowledged, 1), delay(words, 0), delay(whole, 0));

const asked = ({ sent, failed, p50Ms, p99Ms, maxMs }: Asked): readonly (string | number)[] => [
  ...[sent, failed],
  ...[p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(0)],
];

const queriesOf = ({ before, during }: Merged, at: number): string =>
  [cells(`before merge ${at + 1}`, ...asked(before)), cells(`during merge ${at + 1}`, ...asked(during))].join('\n');

const costOf = ({ tookMs, mergerBytesMax, serverBytes }: Merged, at: number): string =>
  cells(
    ...[at + 1, (tookMs / 1000).toFixed(1), mib(mergerBytesMax)],
    `${mib(serverBytes.before)}, ${mib(serverBytes.during)}`,
  );
