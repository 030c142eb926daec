/** Who asks, who is turned away, and what does the cache save? */
import { element } from '../elements.js';
import { factsOf, gridOf } from './facts.js';
import { bytes, percent, rate, whole } from './figures.js';
import { meter } from './signs.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */

const TALKERS_MAX = 10;

/** @param {Snapshot} snapshot */
export function limitsOf({ limits }) {
  const { talkers, limitedPerSecond, shedPerSecond } = limits;
  const rates = factsOf([
    ['Over their limit', rate(limitedPerSecond)],
    ['Shed, too much at once', rate(shedPerSecond)],
  ]);
  if (talkers.length === 0) return [rates, element('p', { class: 'quiet' }, 'No clients in the last minute')];
  const rows = talkers
    .slice(0, TALKERS_MAX)
    .map(({ client, requests, errorMax }) => [
      client === '' ? 'unknown' : client,
      whole(requests),
      errorMax === 0 ? 'exact' : `−${whole(errorMax)} at most`,
    ]);
  const more = talkers.length - TALKERS_MAX;
  return [
    rates,
    gridOf('Busiest clients of the last minute', ['Busiest clients', 'in the last minute', 'error'], rows),
    more > 0 && element('p', { class: 'quiet' }, `and ${whole(more)} more`),
  ];
}

/** @param {Snapshot} snapshot */
export function cacheOf({ cache }) {
  const { enabled, lookupsPerSecond, hitPercent, entries, bytesMax } = cache;
  if (!enabled) return [element('p', { class: 'quiet' }, 'Switched off')];
  const part = bytesMax > 0 ? cache.bytes / bytesMax : 0;
  return [
    factsOf([
      ['Hits, last minute', percent(hitPercent)],
      ['Look-ups', rate(lookupsPerSecond)],
      ['Entries', whole(entries)],
      ['Size', `${bytes(cache.bytes)} of ${bytes(bytesMax)}`],
    ]),
    meter(part, 'good'),
  ];
}
