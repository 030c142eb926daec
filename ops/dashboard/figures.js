/** How is a number written? With its unit, alike in every locale, and never kinder than it is. */

/** What stands where nothing was measured. */
export const NOTHING = '–';
/** Between a number and its unit: they stay on one line. */
const SPACE = '\u00a0';

/** @param {number} value */
export const whole = (value) => `${Math.round(value)}`.replace(/\B(?=(\d{3})+$)/g, ',');

/** Three figures that count. @param {number} value */
export function decimal(value) {
  const size = Math.abs(value);
  if (size >= 100 || Number.isInteger(value)) return whole(value);
  if (size < 0.1) return `${Number(value.toPrecision(2))}`;
  return value.toFixed(size >= 10 ? 1 : 2);
}

/**
 * Writes null, and what JSON could not hold, as a dash.
 * @param {(value: number) => string} write
 * @returns {(value: number | null | undefined) => string}
 */
const orNothing = (write) => (value) => (typeof value === 'number' ? write(value) : NOTHING);

export const figure = orNothing(decimal);
export const rate = orNothing((value) => `${decimal(value)}/s`);
export const ms = orNothing((value) =>
  value >= 10_000 ? `${decimal(value / 1000)}${SPACE}s` : `${decimal(value)}${SPACE}ms`,
);
export const percent = orNothing((value) => `${value.toFixed(Math.abs(value) < 100 ? 1 : 0)}${SPACE}%`);
/** Of a number from 0 to 1. */
export const share = orNothing((value) => percent(value * 100));
/** How many times as fast as allowed. */
export const times = orNothing((value) => `${decimal(value)}×`);

/** Rounded down to a thousandth: 99.9999 % is not 100 %. The tiny addend undoes what binary fractions take away. */
export const attained = orNothing(
  (value) => `${(Math.floor(value * 1000 + 1e-6) / 1000).toFixed(value === 100 ? 0 : 3)}${SPACE}%`,
);

/** As a person sets it: 99.5, not 99.500. @param {number} value */
export const target = (value) => `${Number(value.toFixed(4))}${SPACE}%`;

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export const bytes = orNothing((value) => {
  const power = Math.min(BYTE_UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, value)) / 10)));
  return `${decimal(value / 1024 ** power)}${SPACE}${BYTE_UNITS[power]}`;
});

/** The two largest units. */
export const duration = orNothing((value) => {
  const seconds = Math.max(0, Math.floor(value));
  const parts = /** @type {const} */ ([
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]);
  const first = parts.findIndex(([count]) => count > 0);
  const shown = first < 0 ? parts.slice(3) : parts.slice(first, first + 2).filter(([count]) => count > 0);
  return shown.map(([count, unit]) => `${count}${SPACE}${unit}`).join(SPACE);
});

/** @param {number} timeMs @returns {string} such as 03:12:44 */
export const clock = (timeMs) => new Date(timeMs).toISOString().slice(11, 19);

/** @param {number} timeMs @returns {string} such as 2026-03-01 03:12:44 UTC */
export const moment = (timeMs) => `${new Date(timeMs).toISOString().slice(0, 10)} ${clock(timeMs)}${SPACE}UTC`;

/** @param {number} count @param {string} one */
export const plural = (count, one) => `${whole(count)} ${one}${count === 1 ? '' : 's'}`;

/** @param {string} name such as high_latency or memoryGrowth */
export const words = (name) =>
  name.replaceAll('_', ' ').replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
