/** Is what came over the stream a snapshot? */

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */

const NUMBERS = ['timeMs', 'step'];
const LISTS = ['objectives', 'detectors', 'incidents'];
const PARTS = ['process', 'perSecond', 'loop'];

/**
 * Checks what verdict and charts stand on; a panel that misses something else says so by itself.
 * @param {string} data
 * @returns {Snapshot | null} null where it is none
 */
export function readSnapshot(data) {
  try {
    const value = JSON.parse(data);
    const isWhole =
      NUMBERS.every((name) => Number.isFinite(value[name])) &&
      LISTS.every((name) => Array.isArray(value[name])) &&
      PARTS.every((name) => typeof value[name] === 'object' && value[name] !== null);
    return isWhole ? value : null;
  } catch {
    return null;
  }
}
