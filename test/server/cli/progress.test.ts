import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { type Progress, progressOn } from '../../../server/cli/progress.ts';

const POSTS = 100;
const PASSAGES_PER_POST = 4;

/** A stream that keeps what is written, and a clock that is set by hand. */
function watched(isTTY: boolean) {
  let text = '';
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk;
      done();
    },
  });
  const terminal = { isTTY, columns: 200, cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  let nowS = 0;
  const clock = { nowUs: () => nowS * 1e6, wallMs: () => nowS * 1000 };
  const progress = progressOn(Object.assign(sink, terminal) as unknown as NodeJS.WriteStream, false, clock);
  return {
    progress,
    at: (seconds: number) => {
      nowS = seconds;
    },
    text: () => text,
  };
}

const built = (progress: Progress, posts: number, embedded: number, embeddable = posts * PASSAGES_PER_POST): void =>
  progress.build({ stage: 'passages', posts, postsTotal: POSTS, passages: posts * 4, embedded, embeddable });

describe('progress in lines', () => {
  it('tells no time before the model has embedded, then the time that the rest takes at its rate', () => {
    const { progress, at, text } = watched(false);
    built(progress, 0, 0);
    at(6);
    built(progress, 10, 0);
    expect(text()).not.toContain('ETA');
    built(progress, 10, 16);
    at(26);
    built(progress, 50, 176);
    // 160 passages in 20 s, 200 are left.
    expect(text()).toMatch(/^50\/100 posts .*\/s \| ETA 25 s$/m);
  });

  it('leaves out of the rate what an earlier run has embedded', () => {
    const { progress, at, text } = watched(false);
    built(progress, 0, 0);
    built(progress, 80, 0);
    built(progress, 80, 1);
    at(60);
    built(progress, 90, 41);
    expect(text()).toMatch(/^90\/100 posts .* \| ETA 1 min$/m);
  });

  it('counts posts where nothing is embedded, and while a source of known length is read', () => {
    const { progress, at, text } = watched(false);
    progress.source({ kind: 'progress', done: 10, total: 100 });
    at(6);
    progress.source({ kind: 'progress', done: 40, total: 100 });
    expect(text()).toMatch(/^40\/100 posts \| posts read \| ETA 12 s$/m);
    built(progress, 0, 0, 0);
    at(16);
    built(progress, 25, 0, 0);
    expect(text()).toMatch(/^25\/100 posts .* \| ETA 30 s$/m);
  });

  it('tells none where the length of the source is not known', () => {
    const { progress, at, text } = watched(false);
    progress.source({ kind: 'progress', done: 10, total: null });
    at(6);
    progress.source({ kind: 'progress', done: 40, total: null });
    expect(text()).toBe('40/40 posts | posts read\n');
  });
});

describe('progress on a terminal', () => {
  it('shows the same time on the bar, and none while it is unknown', () => {
    const { progress, at, text } = watched(true);
    built(progress, 0, 0);
    at(5);
    built(progress, 10, 16);
    expect(text()).not.toMatch(/ETA|LLs/);
    at(25);
    built(progress, 50, 176);
    progress.stop();
    expect(text()).toContain('ETA 25 s');
    expect(text()).not.toContain('LLs');
  });
});
