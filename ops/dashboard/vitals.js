/** How is it going this second? The eight numbers that are looked at first. */
import { element } from '../elements.js';
import { ms, percent, rate, share } from './figures.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */

/** @param {string} name @param {string} value */
const vital = (name, value) => element('li', {}, element('span', {}, name, ' '), element('b', {}, value));

/** @param {Snapshot} snapshot */
export const vitalsOf = ({ perSecond, latency, cache, memory, cpuShare }) => [
  vital('Answered', rate(perSecond.answered)),
  vital('Failed, late, shed', rate(perSecond.failed + perSecond.deadline + perSecond.shed)),
  vital('p50', ms(latency?.p50Ms)),
  vital('p95', ms(latency?.p95Ms)),
  vital('p99', ms(latency?.p99Ms)),
  vital('Cache hits', cache.enabled ? percent(cache.hitPercent) : 'off'),
  vital('Memory', share(memory.residentBytes / memory.bytesMax)),
  vital('CPU', share(cpuShare)),
];
