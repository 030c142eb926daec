/** Can the numbers be trusted, and how old are they? */
import { clock, duration } from './figures.js';

/** @typedef {import('./feed.js').FeedState} FeedState */
/** @typedef {import('./signs.js').Tone} Tone */
/** @typedef {{ tone: Tone, shown: string, spoken: string }} Said */

/** The headline in place of the verdict while nothing comes. @param {FeedState} state @param {number} silentS @param {boolean} hasNumbers @returns {Said | null} */
export function troubleOf(state, silentS, hasNumbers) {
  if (state === 'live') return null;
  if (state === 'opening' && !hasNumbers) {
    return { tone: 'none', shown: 'Waiting for the first numbers', spoken: 'Waiting for the first numbers' };
  }
  const shown = hasNumbers
    ? `Connection lost: these numbers are ${duration(silentS)} old`
    : `No connection for ${duration(silentS)}`;
  return { tone: 'lost', shown, spoken: 'Connection lost; trying again' };
}

/** @param {FeedState} state @param {number | null} timeMs of the numbers shown @param {boolean} isPaused @returns {Omit<Said, 'spoken'>} */
export function connectionOf(state, timeMs, isPaused) {
  const time = timeMs === null ? '' : ` ${clock(timeMs)} UTC`;
  if (isPaused) return { tone: 'warn', shown: `Paused at${time}` };
  if (state === 'live') return { tone: 'good', shown: `Live${time}` };
  return state === 'opening' ? { tone: 'none', shown: 'Connecting' } : { tone: 'lost', shown: 'Trying again' };
}
