/** What says at a glance how something is? A shape and a word; the colour only comes along. */
import { drawing, element } from '../elements.js';
import { words } from './figures.js';

/** @typedef {'good' | 'warn' | 'bad' | 'none' | 'lost'} Tone */
/** @typedef {import('../incident-type.ts').Severity} Severity */

const SHAPES = /** @type {Record<Tone, string>} */ ({
  good: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8 12.2l2.8 2.8L16 9.5',
  warn: 'M12 3.5 22 20.5H2zM12 10v5M12 17.4v.4',
  bad: 'M8 2.8h8L21.2 8v8L16 21.2H8L2.8 16V8zM9 9l6 6M15 9l-6 6',
  none: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M8.5 12h7',
  lost: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M9.4 9.6a2.7 2.7 0 1 1 3.6 2.6c-.7.3-1 .8-1 1.5v.3M12 16.8v.4',
});

/** @param {Tone} tone */
export const sign = (tone) =>
  drawing(
    'svg',
    { class: `sign ${tone}`, viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    drawing('path', { d: SHAPES[tone] }),
  );

/** @param {Tone} tone @param {string} word */
export const marked = (tone, word) => element('span', { class: `marked ${tone}` }, sign(tone), words(word));

/** @type {readonly string[]} */
const ORDER = ['critical', 'high', 'medium', 'low'];

/** Worse is less. @param {string | null} severity */
export const rankOf = (severity) => {
  const rank = ORDER.indexOf(severity ?? '');
  return rank < 0 ? ORDER.length : rank;
};

/** @param {string | null} severity @returns {Tone} */
export const toneOf = (severity) => (rankOf(severity) < 2 ? 'bad' : 'warn');

/**
 * A bar for the eye; the number stands beside it in words.
 * @param {number} part 0 to 1 of the width; what lies beyond is cut
 * @param {Tone} tone
 * @param {number} [limit] 0 to 1: where a line is drawn that must not be reached
 */
export const meter = (part, tone, limit) =>
  drawing(
    'svg',
    { class: `meter ${tone}`, viewBox: '0 0 100 8', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    drawing('rect', { class: 'track', width: 100, height: 8 }),
    drawing('rect', { class: 'level', width: Math.min(100, Math.max(0, part * 100)).toFixed(1), height: 8 }),
    limit !== undefined && drawing('rect', { class: 'limit', x: (limit * 100).toFixed(1), width: 1, height: 8 }),
  );
