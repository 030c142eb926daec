/**
 * An index of as many passages as are asked for, in minutes: the writer is the real one, from its drafts on; what is made up is what a
 * site and a model would have given it.
 *
 * Words are drawn by their frequency in the sample site, so lists of postings are as long as they would be. Vectors lie in a space of
 * few dimensions that is turned into all of them, since neighbours of a model's vectors are neighbours of each other, too: a graph over
 * pure chance takes several times as long to link. How good it is, nobody asks here, so it is linked with little breadth.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BuildModels,
  Draft,
  finishGeneration,
  manifestModels,
  openBuildModels,
} from '../../engine/build/index.ts';
import { systemClock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { packageRoot } from '../../engine/package-root.ts';
import { beginGeneration } from '../../engine/store/index.ts';
import { type Random, randomOf } from '../../ops/capacity/random.ts';

export interface SyntheticPlan {
  readonly passages: number;
  readonly seed: number;
  /** That link the graph. */
  readonly threads: number;
  readonly stage: (name: string) => void;
}

const PASSAGES_A_POST = 4;
const WORDS_A_PASSAGE = 40;
/** Of the reranker, about as many as so many words have. */
const TOKENS_A_PASSAGE = 52;
const EXPANSION_ADD = 16;
/** In which neighbours lie. */
const LATENT = 8;
const CATEGORIES = 40;
const DAY_MS = 86_400_000;

/** Publishes it in `config.index.directory`; returns how many posts and bytes of text it has. */
export async function buildSynthetic(
  config: EngineConfig,
  plan: SyntheticPlan,
): Promise<{ posts: number; textBytes: number }> {
  const models = await openBuildModels(config);
  const { name, folder } = beginGeneration(config.index.directory, systemClock.wallMs());
  plan.stage('passages');
  const { counts, textBytes } = await writeDraft(folder, models, plan);
  const dimensions = models.embedder!.card.dimensions;
  const vector = vectorsOf(dimensions, plan.seed);
  await finishGeneration(
    {
      index: config.index,
      ...{ name, folder, counts },
      vectors: {
        dimensions,
        ids: Array.from({ length: counts.passages }, (_, id) => id),
        vector,
        place: (file, id, it) => file.set(id, it),
      },
      language: 'en',
      source: 'synthetic',
      bm25: config.retrieval.bm25,
      dense: { ...config.retrieval.dense, expansionAdd: EXPANSION_ADD },
      models: manifestModels(models),
      coverage: null,
      threads: plan.threads,
    },
    { clock: systemClock, reached: plan.stage },
  );
  return { posts: counts.posts, textBytes };
}

async function writeDraft(
  folder: string,
  models: BuildModels,
  { passages: wanted, seed }: SyntheticPlan,
): Promise<{ counts: { posts: number; passages: number }; textBytes: number }> {
  const draft = new Draft(folder, manifestModels(models).tokenBytes);
  const random = randomOf(seed);
  const words = sampleWords();
  const draw = (many: number): string =>
    Array.from({ length: many }, () => words[random.below(words.length)]!).join(' ');
  const encoder = new TextEncoder();
  let textBytes = 0;
  try {
    for (let post = 0; draft.passages < wanted; post++) {
      const texts = Array.from({ length: Math.min(PASSAGES_A_POST, wanted - draft.passages) }, () =>
        draw(WORDS_A_PASSAGE),
      );
      for (const text of texts) textBytes += text.length;
      const record = recordOf(post, draw(6), random);
      const passages = texts.map((text) => ({ text, headingPath: [], rerankTokens: tokensOf(models, random) }));
      const original = encoder.encode(
        JSON.stringify({ ...record, html: null, text: texts.join('\n\n'), modifiedMs: null }),
      );
      draft.add({ record, passages }, { version: 0, live: false, original });
    }
    await draft.finish();
  } finally {
    draft.close();
  }
  return { counts: { posts: draft.posts, passages: draft.passages }, textBytes };
}

const recordOf = (post: number, title: string, random: Random) => ({
  id: `synthetic-${post}`,
  title,
  url: `/synthetic/${post}/`,
  dateMs: 1.5e12 + random.below(3000) * DAY_MS,
  author: `author ${random.below(CATEGORIES)}`,
  categories: [`category ${random.below(CATEGORIES)}`],
  tags: [],
  type: 'post',
  lang: 'en',
});

const tokensOf = ({ reranker }: BuildModels, random: Random): Int32Array =>
  Int32Array.from({ length: reranker === null ? 0 : TOKENS_A_PASSAGE }, () =>
    random.below(reranker!.tokenizer.vocabularySize),
  );

/** Running words of the sample site: who draws a place draws by frequency. */
function sampleWords(): string[] {
  const lines = readFileSync(join(packageRoot, 'data/sample/posts.jsonl'), 'utf8').trim().split('\n');
  return lines.flatMap((line) => {
    const { html } = JSON.parse(line) as { html: string };
    return html.replaceAll(/<[^>]*>/g, ' ').match(/[a-z]{2,}/gi) ?? [];
  });
}

/** The same vector for the same passage, whenever it is asked for: nobody keeps them. */
function vectorsOf(dimensions: number, seed: number): (id: number) => Float32Array {
  const random = randomOf(seed);
  const turn = Float32Array.from({ length: dimensions * LATENT }, () => random.next() - 0.5);
  return (id) => {
    const own = randomOf(seed + id + 1);
    const latent = Array.from({ length: LATENT }, () => own.next() - 0.5);
    const vector = new Float32Array(dimensions);
    let square = 0;
    for (let at = 0; at < dimensions; at++) {
      let sum = 0;
      for (let axis = 0; axis < LATENT; axis++) sum += turn[at * LATENT + axis]! * latent[axis]!;
      vector[at] = sum;
      square += sum * sum;
    }
    const length = Math.sqrt(square);
    for (let at = 0; at < dimensions; at++) vector[at]! /= length;
    return vector;
  };
}
