/** Every thread comes to the same state under the same name, whichever way it went there. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangedPost } from '../../../engine/delta/index.ts';
import { type CodedVector, codeVector } from '../../../engine/dense/index.ts';
import { type Applied, stateName } from '../../../engine/index.ts';
import type { Manifest } from '../../../engine/store/index.ts';
import { Feed } from '../../../server/live/feed.ts';
import type { CutChange } from '../../../server/live/preparation.ts';

const generationOf = (name: string): Manifest => ({ generation: name }) as Manifest;
const OLD = generationOf('old');
const NEW = generationOf('new');

const vectorOf = (version: number, passage: number): CodedVector =>
  codeVector(Float32Array.of(version, passage + 1, 1, 1));

function cut(id: string, version: number, passages: readonly ('known' | 'late')[] | null): CutChange {
  if (passages === null) return { change: { id, version, post: null }, toEmbed: [] };
  const post = {
    record: { id },
    passages: passages.map((kind, at) => ({ vector: kind === 'known' ? vectorOf(version, at) : null })),
  } as unknown as ChangedPost;
  const toEmbed = [...passages.keys()]
    .filter((at) => passages[at] === 'late')
    .map((passage) => ({ passage, tokens: new Int32Array(1) }));
  return { change: { id, version, post }, toEmbed };
}

/** What a thread has: posts in the order of their numbers, with the vectors of their passages. */
class Thread {
  posts = new Map<string, { version: number; vectors: (CodedVector | null)[] }>();
  applied: Applied | null = null;
  readonly #feed: Feed;
  readonly #over: Manifest;

  constructor(feed: Feed, over: Manifest) {
    this.#feed = feed;
    this.#over = over;
  }

  /** One message; false where there is none. */
  step(): boolean {
    const message = this.#feed.next(this.#over, this.applied);
    if (message === null) return false;
    for (const { id, version, post } of message.changes) {
      this.posts.delete(id);
      if (post !== null) this.posts.set(id, { version, vectors: post.passages.map(({ vector }) => vector) });
    }
    for (const { id, version, vectors } of message.vectors) {
      const post = this.posts.get(id);
      expect(post?.version).toBe(version);
      for (const [at, vector] of vectors.entries()) if (vector !== null) post!.vectors[at] = vector;
    }
    this.applied = message.upTo;
    return true;
  }

  get name(): string {
    while (this.step());
    return stateName(this.#over.generation, this.applied);
  }

  get shown(): unknown {
    return [this.name, [...this.posts]];
  }
}

type Step =
  | { readonly kind: 'add'; readonly ids: readonly number[]; readonly passages: readonly ('known' | 'late')[] | null }
  | { readonly kind: 'embed'; readonly some: number }
  | { readonly kind: 'show' }
  | { readonly kind: 'thread'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('add' as const),
    ids: fc.array(fc.nat(8), { minLength: 1, maxLength: 30 }),
    passages: fc.option(fc.array(fc.constantFrom('known' as const, 'late' as const), { maxLength: 3 }), { freq: 6 }),
  }),
  fc.record({ kind: fc.constant('embed' as const), some: fc.integer({ min: 1, max: 12 }) }),
  fc.constant({ kind: 'show' } as const),
  fc.record({ kind: fc.constant('thread' as const), which: fc.nat(2) }),
);

describe('what changed', () => {
  it('is the same in every thread, in the same order, under the name that the feed has for it', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.nat(40), (steps, base) => {
        const feed = new Feed(({ generation }) => (generation === 'new' ? base : 0));
        const threads = Array.from({ length: 3 }, () => new Thread(feed, OLD));
        let version = 0;
        const seen = new Map<string, unknown>();
        for (const one of steps) {
          if (one.kind === 'add') {
            const latest = new Map(one.ids.map((id) => [`p${id}`, ++version]));
            const inOrder = [...latest].sort((a, b) => a[1] - b[1]);
            feed.add(inOrder.map(([id, number]) => cut(id, number, one.passages)));
          } else if (one.kind === 'embed') {
            const some = feed.unembedded(one.some);
            feed.embedded(
              some,
              some.map((passage) => vectorOf(passage.version, passage.passage)),
            );
          } else if (one.kind === 'show') feed.show();
          else threads[one.which]!.step();
          const born = new Thread(feed, OLD);
          expect(born.name).toBe(stateName('old', feed.stateOf(OLD)));
          // One name is one state, whenever it is looked at.
          const known = seen.get(born.name);
          if (known !== undefined) expect(born.shown).toEqual(known);
          seen.set(born.name, born.shown);
        }
        const [first, ...others] = threads.map(({ shown }) => shown);
        for (const other of [...others, new Thread(feed, OLD).shown]) expect(other).toEqual(first);
        expect(new Thread(feed, NEW).name).toBe(stateName('new', feed.stateOf(NEW)));
        // And in the end nothing is behind.
        for (let some = feed.unembedded(5); some.length > 0; some = feed.unembedded(5)) {
          feed.embedded(
            some,
            some.map((passage) => vectorOf(passage.version, passage.passage)),
          );
          feed.show();
        }
        feed.show();
        const settled = version === 0 ? null : { words: version, vectors: version };
        expect([feed.firstBehind, feed.stateOf(OLD)]).toEqual([null, settled]);
        for (const thread of threads) {
          expect(thread.name).toBe(stateName('old', settled));
          for (const { version: of, vectors } of thread.posts.values())
            expect(vectors).toEqual([...vectors.keys()].map((at) => vectorOf(of, at)));
        }
      }),
    );
  });

  it('is forgotten when a generation has it, what waited for vectors included', () => {
    const feed = new Feed(() => 0);
    feed.add([cut('a', 1, ['late']), cut('b', 2, ['late'])]);
    feed.drop(1);
    expect([feed.latest('a'), feed.firstBehind, feed.unembedded(9).map(({ id }) => id)]).toEqual([undefined, 2, ['b']]);
    feed.drop(2);
    expect([feed.firstBehind, feed.unembedded(9)]).toEqual([null, []]);
  });

  it('whose vectors cannot be had stays found by its words, and holds up nobody', () => {
    const feed = new Feed(() => 0);
    feed.add([cut('a', 1, ['late']), cut('b', 2, ['known'])]);
    expect(feed.stateOf(OLD)).toEqual({ words: 2, vectors: 0 });
    feed.embedded(feed.unembedded(9), [null]);
    feed.show();
    expect(feed.stateOf(OLD)).toEqual({ words: 2, vectors: 2 });
  });
});
