import { Command } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import type { Hit, SearchResult } from '../../engine/types.ts';
import type { Config } from '../config/index.ts';
import { searchSchema, validateSearch } from '../wire/index.ts';
import { configOf, print } from './command.ts';
import { asksServer, liveServerIfAny } from './live.ts';
import { bodyOf, collect, type SearchOptions } from './search-options.ts';

export const searchCommand = (): Command =>
  asksServer(new Command('search'))
    .description('Ask one query: the running server where there is one, else the index itself')
    .argument('<query>', 'what is looked for')
    .option('--topk <number>', 'results')
    .option('--offset <number>', 'results before the first')
    .option('--mode <mode>', 'hybrid, dense or bm25')
    .option('--no-rerank', 'leave the cross-encoder out')
    .option('--explain', 'why each result stands where it stands', false)
    .option('--category <name>', 'only this category; may be repeated, as all filters by name', collect)
    .option('--tag <name>', 'only this tag', collect)
    .option('--author <name>', 'only this author', collect)
    .option('--type <name>', 'only this post type', collect)
    .option('--language <tag>', 'only this language', collect)
    .option('--from-date <date>', 'published on or after: 2026-01-31')
    .option('--to-date <date>', 'published on or before')
    .option('--facets <field>', 'count category, tag, author, type, language or date; may be repeated', collect)
    .option('--min-score <number>', 'drop what scores lower in the first stage')
    .option('--collapse <unit>', 'post: one result a post; passage: every passage on its own')
    .option('--fusion <kind>', 'standardised or rrf')
    .option('--mmr', 'reorder for novelty')
    .option('--no-mmr', 'leave the order as it is')
    .option('--local', 'do not ask a server', false)
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat search "restore a backup" --topk 3 --category Maintenance --facets date',
    )
    .action(async (query: string, options: SearchOptions, command: Command) => {
      const { config } = configOf(command);
      const body = bodyOf(query, options);
      const live = options.local ? null : await liveServerIfAny(config, options, 'searches');
      const result =
        live === null ? await askFiles(config, body) : await live.ask<SearchResult>('POST', '/search', body);
      print(command, result, () => pretty(result, options.explain, process.stdout.isTTY === true));
    });

async function askFiles(config: Config, body: object): Promise<SearchResult> {
  const validated = validateSearch(searchSchema(config), body, Number.MAX_SAFE_INTEGER);
  if (!validated.ok) {
    const { field, value, expected } = validated.faults[0]!;
    throw new EngineError('request_invalid', `${field}: expected ${expected}, got ${JSON.stringify(value)}`);
  }
  // Only here: whoever asks a server does not wait for the native modules to load.
  const { loadGeneration, openEngine } = await import('../../engine/index.ts');
  const engine = await openEngine({ config, shared: await loadGeneration(config, 1), slot: 0 });
  try {
    const outcome = await engine.search(validated.value);
    if (outcome.kind === 'ok') return outcome.result;
    throw new EngineError(
      outcome.kind === 'failed' ? outcome.code : 'deadline_exceeded',
      outcome.kind === 'failed' ? outcome.detail : outcome.stage,
    );
  } finally {
    await engine.close();
  }
}

function pretty(result: SearchResult, explain: boolean, colour: boolean): string {
  const bold = (text: string): string => (colour ? `\u001B[1m${text}\u001B[22m` : text);
  const dim = (text: string): string => (colour ? `\u001B[2m${text}\u001B[22m` : text);
  const head = `${result.total} results, ${result.mode}${result.reranked ? ', reranked' : ''}, ${result.timings.totalMs.toFixed(1)} ms`;
  const degraded = result.degraded.length === 0 ? '' : `\nServed with less: ${result.degraded.join(', ')}`;
  const entries = result.hits.map((hit) =>
    [
      `${String(hit.rank).padStart(2)}. ${bold(hit.title)}  ${dim(hit.score.toFixed(3))}`,
      `    ${plain(hit.snippet, bold)}`,
      `    ${dim([hit.url, hit.date?.slice(0, 10), hit.categories.join(', ')].filter(Boolean).join(' · '))}`,
      ...(explain ? explanation(hit).map((line) => `    ${line}`) : []),
    ].join('\n'),
  );
  const facets = Object.entries(result.facets).map(
    ([field, counts]) =>
      `${bold(field)}  ${counts.map(({ value, count }) => `${value} ${dim(String(count))}`).join(' · ') || '–'}`,
  );
  return [head + degraded, ...entries, ...(facets.length === 0 ? [] : [facets.join('\n')])].join('\n\n');
}

function explanation({ scores, explain }: Hit): string[] {
  if (explain === undefined) return [];
  const { ranks, terms } = explain;
  const shown = (value: number | null): string => (value === null ? '–' : value.toFixed(3));
  return [
    `bm25 ${shown(scores.bm25)} (rank ${ranks.bm25 ?? '–'}), dense ${shown(scores.dense)} (${ranks.dense ?? '–'}), fused ${shown(scores.fused)} (${ranks.fused ?? '–'}), rerank ${shown(scores.rerank)}`,
    ...terms
      .filter(({ tf }) => tf > 0)
      .map(({ term, idf, tf, score }) => `  ${term}: tf ${tf}, idf ${idf.toFixed(3)} → ${score.toFixed(3)}`),
  ];
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

const plain = (snippet: string, bold: (text: string) => string): string =>
  snippet
    .replaceAll(/<mark>([^<]*)<\/mark>/g, (_, text: string) => bold(text))
    .replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]!)
    .replaceAll(/\s+/g, ' ');
