import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildProgress } from '../../../engine/build/index.ts';
import type { EngineConfig } from '../../../engine/config.ts';
import type { Embedder } from '../../../engine/dense/index.ts';
import { EngineError } from '../../../engine/errors.ts';
import { modelText } from '../../../engine/passage-text.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import { currentGeneration, verifyCurrent } from '../../../engine/store/index.ts';
import { openModelTokenizer } from '../../../engine/text/index.ts';
import { shippedModels } from '../models/support.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';
import {
  type Build,
  build,
  configFor,
  idsWith,
  opened,
  openShippedEmbedder,
  post,
  samplePosts,
  withoutModels,
} from './sample-build.ts';

const freshFolder = temporaryFolders();

let embedder: Embedder;
beforeAll(async () => {
  embedder = await openShippedEmbedder();
});
afterAll(() => embedder.close());

describe('a build of the sample site', () => {
  const sample = samplePosts(100);
  const posts = [...sample.slice(0, 24), ...sample.slice(-5), post('empty', { title: 'Zanzibar', text: '' })];
  const foreign = new Set(sample.slice(-5).map(({ id }) => id));
  let config: EngineConfig;
  let first: Build;
  beforeAll(async () => {
    config = configFor(freshFolder());
    first = await build({ config, posts, embedder });
  });

  it('counts what is in it', async () => {
    const { counts } = first.manifest;
    expect(counts.posts).toBe(30);
    expect((await verifyCurrent(config.index.directory)).manifest).toEqual(first.manifest);
    await opened(config, ({ columns, lexical, vectors }) => {
      const native = [...columns.postOf].filter((at) => !foreign.has(posts[at]!.id));
      expect(counts).toEqual({
        posts: columns.posts,
        passages: columns.passages,
        vectors: native.length,
        terms: lexical.terms,
        postings: lexical.postings,
      });
      expect(lexical.documents).toBe(columns.passages);
      expect(vectors!.dimensions).toBe(384);
    });
    expect(first.embedded).toBe(counts.vectors);
  });

  it('holds every post as it came, its passages in order, and the tokens that the reranker would make', async () => {
    const tokenizer = openModelTokenizer(join(shippedModels, 'wp-chat-rerank-en'), { tokensMax: 256 });
    await opened(config, (generation) => {
      const { columns } = generation;
      for (const [at, { id, title, url, dateMs, author, categories, tags, type }] of posts.entries()) {
        expect(generation.post(at)).toMatchObject({ id, title, url, dateMs, author, categories, tags, type });
        for (let passage = columns.firstPassage[at]!; passage < columns.firstPassage[at + 1]!; passage++) {
          const parts = generation.passageParts(passage);
          expect(parts.title).toBe(title);
          expect(generation.passageTokens(passage)).toEqual(
            tokenizer.encodeWithoutSpecials(modelText(parts, tokenizer)),
          );
        }
      }
    });
  });

  it('gives passages of languages that the embedder does not know no vector, and all others one', async () => {
    await opened(config, ({ columns, vectors }) => {
      const ids = Uint32Array.from(columns.postOf.keys());
      const scores = vectors!.score(new Float32Array(384).fill(384 ** -0.5), ids);
      for (const [id, score] of scores.entries()) {
        expect(Number.isNaN(score)).toBe(foreign.has(posts[columns.postOf[id]!]!.id));
      }
    });
  });

  it('finds each passage by its own words and by its own vector', async () => {
    await opened(config, (generation) => {
      const { columns, vectors } = generation;
      for (let at = 0; at < columns.posts; at += 5) {
        expect(idsWith(generation, posts[at]!.title)[0]).toBe(posts[at]!.id);
      }
      for (let id = 0; id < 20; id++) {
        expect(vectors!.likeness(id, id)).toBeCloseTo(1, 2);
        expect(vectors!.likeness(id, id + 1)).toBeLessThan(0.999);
      }
    });
  });

  it('finds a post without text by its title', async () => {
    expect(await opened(config, (generation) => idsWith(generation, 'zanzibar'))).toEqual(['empty']);
  });

  it('tells its progress, up to all posts and all that was embedded', () => {
    const { progress, manifest, embedded } = first;
    expect([...new Set(progress.map(({ stage }) => stage))]).toEqual(['passages', 'lexical', 'graph', 'checksums']);
    for (const key of ['posts', 'passages', 'embedded', 'embeddable'] as const) {
      const values = progress.map((state) => state[key]);
      expect(values).toEqual([...values].sort((a, b) => a - b));
    }
    const { posts: done, passages, embeddable, embedded: counted } = progress.at(-1)!;
    expect([done, passages, embeddable, counted]).toEqual([
      30,
      manifest.counts.passages,
      manifest.counts.vectors,
      embedded,
    ]);
  });

  it('made again embeds nothing and holds the same', async () => {
    const second = await build({ config, posts, embedder });
    expect(second.embedded).toBe(0);
    expect(second.progress.at(-1)!.embedded).toBe(0);
    expect(second.manifest.counts).toEqual(first.manifest.counts);
    expect(second.manifest.generation).not.toBe(first.manifest.generation);
    const { 'vectors.usearch': _, ...files } = second.manifest.files;
    expect(first.manifest.files).toMatchObject(files);
    expect(currentGeneration(config.index.directory)).toBe(second.manifest.generation);
  });

  it('embeds a changed post and no other, and drops old generations beyond the bound', async () => {
    const changed = posts.map((one, at) => (at === 3 ? post(one.id, { text: 'Everything here is new.' }) : one));
    const third = await build({ config, posts: changed, embedder });
    expect(third.embedded).toBe(1);
    const kept = readdirSync(join(config.index.directory, 'generations'));
    expect(kept).toHaveLength(2);
    expect(kept).toContain(third.manifest.generation);
  });
});

describe('a build that does not come to its end', () => {
  const posts = samplePosts(40).slice(24, 34);

  /** A served index of one post, and a build over it that ends as `end` wants. */
  async function interrupted(end: (abort: () => void, embedded: number) => void, source: Iterable<SourcePost> = posts) {
    const config = configFor(freshFolder());
    const served = await build({ config, posts: [post('only', { text: 'The only one.' })], embedder });
    const controller = new AbortController();
    let embedded = 0;
    const failure = await build({
      config,
      posts: source as SourcePost[],
      embedder,
      ports: {
        signal: controller.signal,
        embed: async (texts) => {
          end(() => controller.abort(new Error('Stopped by the operator')), embedded);
          const vectors: Float32Array[] = [];
          for (const ids of texts) vectors.push(await embedder.embed(ids));
          embedded += texts.length;
          return vectors;
        },
      },
    }).then(
      () => expect.unreachable('The build came to its end'),
      (error: Error) => error,
    );
    expect((await verifyCurrent(config.index.directory)).manifest).toEqual(served.manifest);
    return { config, failure, embedded };
  }

  it('when aborted leaves the old generation serving, and the next build embeds only the rest', async () => {
    const { config, failure, embedded } = await interrupted((abort, done) => done >= 16 && abort());
    expect(failure.message).toBe('Stopped by the operator');
    expect(embedded).toBeGreaterThanOrEqual(32);
    const rest = await build({ config, posts, embedder });
    expect(rest.manifest.counts.posts).toBe(10);
    expect(rest.embedded).toBe(rest.manifest.counts.vectors - embedded);
    expect(rest.embedded).toBeGreaterThan(0);
    expect(readdirSync(join(config.index.directory, 'generations')).filter((name) => name.endsWith('.part'))).toEqual(
      [],
    );
  });

  it('when aborted with the last post publishes nothing either', async () => {
    const few = posts.slice(0, 1);
    const { failure } = await interrupted((abort) => abort(), few);
    expect(failure.message).toBe('Stopped by the operator');
  });

  it.each(['passages', 'lexical', 'graph', 'checksums'] as const)(
    'when aborted at stage %s goes no further',
    async (last) => {
      const config = configFor(freshFolder(), { models: withoutModels });
      const served = await build({ config, posts: posts.slice(0, 1), embedder: null });
      const controller = new AbortController();
      const stages = new Set<string>();
      const progress = ({ stage }: BuildProgress): void => {
        stages.add(stage);
        if (stage === last) controller.abort();
      };
      const request = {
        config,
        posts: posts.slice(0, 2),
        embedder: null,
        ports: { signal: controller.signal, progress },
      };
      await expect(build(request)).rejects.toMatchObject({ name: 'AbortError' });
      expect([...stages].at(-1)).toBe(last);
      expect((await verifyCurrent(config.index.directory)).manifest).toEqual(served.manifest);
    },
  );

  it('when its source fails keeps what was under way for the next', async () => {
    const broken = new EngineError('source_invalid', 'Cannot read source: it ends too soon');
    function* source(): Generator<SourcePost> {
      yield* posts.slice(0, 5);
      throw broken;
    }
    const { config, failure, embedded } = await interrupted(() => undefined, source());
    expect(failure).toBe(broken);
    const rest = await build({ config, posts: posts.slice(0, 5), embedder });
    expect(rest.embedded).toBe(rest.manifest.counts.vectors - embedded);
  });

  it('when the model fails says so', async () => {
    const worn = new EngineError('model_failed', 'Cannot embed: worn out');
    const { failure } = await interrupted((_, done) => {
      if (done >= 16) throw worn;
    });
    expect(failure).toBe(worn);
  });
});
