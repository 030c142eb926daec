/** How long will it still take? Told as ` | ETA 12 s`, or as nothing while that is unknown. */
import type { BuildProgress } from '../../engine/build/index.ts';
import type { Clock } from '../../engine/clock.ts';

/** Before this much time has been watched, a rate is noise. */
const WATCHED_US_MIN = 1e6;

/** The rate since the first call, carried on over what is left. */
export function timeLeft(clock: Clock): (done: number, left: number) => string {
  let first: { readonly done: number; readonly us: number } | null = null;
  return (done, left) => {
    first ??= { done, us: clock.nowUs() };
    const watchedUs = clock.nowUs() - first.us;
    if (watchedUs < WATCHED_US_MIN || done <= first.done || left <= 0) return '';
    return ` | ETA ${span((left * watchedUs) / (done - first.done) / 1e6)}`;
  };
}

/**
 * Time goes into embedding, so passages are counted rather than posts, and from the first one that the model embedded: what
 * an earlier run embedded flies past before that. How many passages are to come is taken from the posts read so far. Where
 * nothing is embedded at all, posts are counted.
 */
export function buildEta(clock: Clock): (state: BuildProgress) => string {
  const byPassages = timeLeft(clock);
  const byPosts = timeLeft(clock);
  return ({ posts, postsTotal, embedded, embeddable }) => {
    if (embeddable === 0) return byPosts(posts, postsTotal - posts);
    if (embedded === 0 || posts === 0) return '';
    return byPassages(embeddable, (embeddable / posts) * (postsTotal - posts));
  };
}

function span(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.round(whole / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
