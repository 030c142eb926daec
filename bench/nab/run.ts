/** `make nab`: the Numenta Anomaly Benchmark over our history of a metric; writes nab.json and nab.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { strangeness } from './anomaly.ts';
import { readCorpus, type Series } from './corpus.ts';
import { type NabScore, nabScore, probationRows, type ScoredSeries } from './score.ts';

const ARCHIVE = join(packageRoot, '../shared/conformance/nab/nab.tar.gz');
const RESULTS = join(packageRoot, 'bench/results');

/** As published by the benchmark: standard, few false positives, few false negatives. */
const BOARD: readonly (readonly [name: string, standard: number, lowFp: number | null, lowFn: number | null])[] = [
  ['ARTime', 74.9, 65.1, 80.4],
  ['HTM', 70.5, 62.6, 75.2],
  ['CAD-OSE', 69.9, 67, 73.2],
  ['Skyline (earthgecko)', 58.2, 46.2, 63.9],
  ['KNN-CAD', 58, 43.4, 64.8],
  ['Relative entropy', 54.6, 47.6, 58.8],
  ['Random cut forest', 51.7, 38.4, 59.7],
  ['Twitter', 47.1, 33.6, 53.5],
  ['Windowed Gaussian', 39.6, 20.9, 47.4],
  ['Random', 11, null, null],
  ['Null', 0, 0, 0],
];

const corpus = readCorpus(ARCHIVE);
const scored = corpus.series.map(({ values, windows }: Series) => ({
  windows,
  scores: strangeness(values, probationRows(values.length)),
}));

const scoresOf = (series: readonly ScoredSeries[]): Record<string, NabScore> =>
  Object.fromEntries([...corpus.profiles].map(([name, weights]) => [name, nabScore(series, weights)]));

const all = scoresOf(scored);
const chosenOn = scoresOf(scored.filter((_, at) => at % 2 === 0));
const heldOut = scoresOf(scored.filter((_, at) => at % 2 === 1));

const profiles = [...corpus.profiles.keys()];
const cells = (scores: Record<string, NabScore>): string =>
  profiles.map((profile) => scores[profile]!.normalised.toFixed(1)).join(' | ');
const rows: (readonly [number, string])[] = BOARD.map(([name, standard, lowFp, lowFn]) => [
  standard,
  `| ${name} | ${[standard, lowFp, lowFn].map((score) => score?.toFixed(1) ?? '').join(' | ')} |`,
]);
const first = profiles[0]!;
rows.push([all[first]!.normalised, `| **wp-chat, history of \`ops/detect\`** | ${cells(all)} |`]);
rows.sort(([a], [b]) => b - a);

const { windowsFound, windows, falsePositives } = all[first]!;
const report = `# Numenta Anomaly Benchmark

${corpus.series.length} series, ${windows} labelled windows; the benchmark's own scoring: position in the window, the first 15 % (750 rows at most) for learning, one
threshold for all series chosen in hindsight for each profile, 0 for nothing and 100 for all at once. Reproduce: \`make nab\`.

| detector | ${profiles.join(' | ')} |
| --- | ---: | ---: | ---: |
${rows.map(([, row]) => row).join('\n')}

Ours found ${windowsFound} of ${windows} windows with ${falsePositives} false positives (${first}). It is what judges hit rate, empty answers and traffic here:
constant memory, some twenty operations a value, no seasons, no forest, no network. The other rows are as the benchmark
publishes them. Its shape, three scales and a record, was settled on all series; its few constants were chosen by a random search over
every second one: on those it has ${cells(chosenOn).replaceAll(' | ', ' / ')}, on those that the search did not
see ${cells(heldOut).replaceAll(' | ', ' / ')}.
`;
writeFileSync(join(RESULTS, 'nab.json'), `${JSON.stringify({ all, chosenOn, heldOut, published: BOARD }, null, 1)}\n`);
writeFileSync(join(RESULTS, 'nab.md'), report);
process.stdout.write(report);
