/** From the acknowledgement of a change to the first search that finds it. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { SourcePost } from '../../engine/source/index.ts';
import { percentile } from '../harness/index.ts';
import type { Benched } from './open.ts';

export interface WriteRate {
  readonly name: string;
  readonly perSecond: number;
  readonly writes: number;
  /** Whether posts are new; else each has one paragraph changed. */
  readonly fresh: boolean;
}

export interface Delay {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface Visibility extends WriteRate {
  /** Until a search for its word found it. */
  readonly words: Delay;
  /** Until its vectors were there, too. */
  readonly whole: Delay;
  /** Until it was durable. */
  readonly acknowledged: Delay;
}

interface Written {
  readonly acknowledgedMs: number;
  readonly wordsMs: number;
  readonly wholeMs: number;
}

export async function measureVisibility(benched: Benched, rate: WriteRate): Promise<Visibility> {
  const { perSecond, writes, fresh } = rate;
  const name = rate.name.replaceAll(' ', '');
  const posts = Array.from({ length: fresh ? 1 : writes }, (_, at) =>
    benched.postOf(`${name}-${at}`, `${name}y${at}y`),
  );
  // The first change opens the model of the thread that prepares: that is no part of what each change costs.
  await there(benched, posts);
  const begun = performance.now();
  const measured = Array.from({ length: writes }, async (_, at) => {
    const word = `${name}x${at}x`;
    const post = posts[at];
    const changed =
      fresh || post === undefined
        ? benched.postOf(`${name}-new-${at}`, word)
        : { ...post, html: post.html!.replace(`${name}y${at}y`, word) };
    await pause((at * 1000) / perSecond - (performance.now() - begun));
    return write(benched, changed, word);
  });
  const all = await Promise.all(measured);
  return {
    ...rate,
    words: delayOf(all.map(({ wordsMs }) => wordsMs)),
    whole: delayOf(all.map(({ wholeMs }) => wholeMs)),
    acknowledged: delayOf(all.map(({ acknowledgedMs }) => acknowledgedMs)),
  };
}

function delayOf(all: readonly number[]): Delay {
  const sorted = all.toSorted((a, b) => a - b);
  return { p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99), maxMs: sorted.at(-1)! };
}

async function there({ live }: Benched, posts: readonly SourcePost[]): Promise<void> {
  const outcomes = await live.applyAll(
    posts.map((document) => ({ kind: 'put', document, ifVersion: null, key: null })),
  );
  const last = outcomes.at(-1)!;
  if (last.kind !== 'created') throw new Error(JSON.stringify(last));
  await live.visible(last.version);
}

async function write({ live, find }: Benched, document: SourcePost, word: string): Promise<Written> {
  const askedMs = performance.now();
  const outcome = await live.apply({ kind: 'put', document, ifVersion: null, key: null });
  if (outcome.kind !== 'created' && outcome.kind !== 'updated') throw new Error(JSON.stringify(outcome));
  const durableMs = performance.now();
  // Whoever asked all the time would measure what that costs.
  await live.visible(outcome.version, 'words');
  const { hits } = await find(word, 'bm25');
  assert.equal(hits[0]?.postId, document.id);
  const foundMs = performance.now();
  await live.visible(outcome.version);
  const wholeMs = performance.now();
  return { acknowledgedMs: durableMs - askedMs, wordsMs: foundMs - durableMs, wholeMs: wholeMs - durableMs };
}
