/** How far back do the charts look, and how finely? As `/stats/timeline` has it. */

/** @typedef {'5m' | '1h' | '24h' | '28d'} RangeName */
/** @typedef {{ seconds: number, resolutionS: number, words: string }} Range */

export const RANGES = /** @type {Readonly<Record<RangeName, Range>>} */ ({
  '5m': { seconds: 300, resolutionS: 1, words: '5 minutes' },
  '1h': { seconds: 3600, resolutionS: 10, words: 'hour' },
  '24h': { seconds: 86_400, resolutionS: 60, words: '24 hours' },
  '28d': { seconds: 28 * 86_400, resolutionS: 3600, words: '28 days' },
});

export const RANGE_NAMES = /** @type {readonly RangeName[]} */ (Object.keys(RANGES));

/** @param {string | null} name @returns {RangeName} */
export const rangeNamed = (name) => RANGE_NAMES.find((known) => known === name) ?? '5m';
