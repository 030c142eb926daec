/** The measurements as a page. */
import type { MachineFacts } from '../harness/machine.ts';
import type { Asked, MeasuredMerge } from './merge.ts';
import type { Visibility } from './visibility.ts';

export interface LiveResult {
  readonly machine: MachineFacts;
  readonly passages: number;
  readonly visibility: readonly Visibility[];
  readonly merge: MeasuredMerge;
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

export function reportOf({ machine, passages, visibility, merge }: LiveResult): string {
  const { cpu, cores, node, date, loadBefore } = machine;
  return `# Documents that change while they are served

The sample site (${passages} passages), one worker, models as shipped, in one process without HTTP and cache. Each change is a post of that
site under another id, with a word that nobody else has. Reproduce: \`make bench-live\`.

| writes a second | writes | durable ms p50 | found ms p50 | p99 | max |
| ---: | ---: | ---: | ---: | ---: | ---: |
${visibility.map(rowOf).join('\n')}

\`durable\`: from the request to its acknowledgement. \`found\`: from there to the end of a search that finds it, asked as soon as \`live.visible\` says that every search does; each was checked.

A merge of ${merge.documents} changed documents and more from above, while ${merge.perSecond} hybrid queries a second come when they are due:

| | queries | failed | p50 ms | p99 ms | max ms |
| --- | ---: | ---: | ---: | ---: | ---: |
| before | ${askedOf(merge.before)} |
| during | ${askedOf(merge.during)} |

It took ${(merge.tookMs / 1000).toFixed(1)} s. Memory: its process ${mib(merge.mergerBytesMax)} MiB at most; the serving one ${mib(merge.serverBytes.before)} MiB before, ${mib(merge.serverBytes.during)} MiB at most meanwhile.

${cpu}, ${cores} cores, Node ${node}, ${date.slice(0, 10)}, load before ${loadBefore.join(' ')}.
`;
}

const rowOf = ({ perSecond, writes, acknowledgedP50Ms, p50Ms, p99Ms, maxMs }: Visibility): string =>
  `| ${[perSecond, writes, acknowledgedP50Ms.toFixed(1), p50Ms.toFixed(0), p99Ms.toFixed(0), maxMs.toFixed(0)].join(' | ')} |`;

const askedOf = ({ sent, failed, p50Ms, p99Ms, maxMs }: Asked): string =>
  [sent, failed, p50Ms.toFixed(1), p99Ms.toFixed(1), maxMs.toFixed(0)].join(' | ');
