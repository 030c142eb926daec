/** Where the time of a search went: a bar that opens into figures. */
import { drawing, element } from './elements.js';

const STAGES = /** @type {const} */ ([
  ['queueMs', 'Waiting'],
  ['embedMs', 'Understanding the query'],
  ['denseMs', 'Search by meaning'],
  ['lexicalMs', 'Search by words'],
  ['fuseMs', 'Merging'],
  ['diversifyMs', 'Spreading'],
  ['rerankMs', 'Cross-encoder'],
  ['documentsMs', 'Fetching texts'],
]);

const milliseconds = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

/** @param {number} value */
const spoken = (value) => `${milliseconds.format(value)} ms`;

/** @param {import('../../engine/types.ts').StageTimings} timings */
export function timingsOf(timings) {
  const ran = STAGES.filter(([stage]) => timings[stage] > 0);
  const sum = ran.reduce((total, [stage]) => total + timings[stage], 0);
  let at = 0;
  const bars = ran.map(([stage, name]) => {
    const width = (100 * timings[stage]) / sum;
    at += width;
    const title = drawing('title', {}, `${name}: ${spoken(timings[stage])}`);
    return drawing('rect', { class: stage, x: at - width, width, height: 8 }, title);
  });
  const label = ran.map(([stage, name]) => `${name} ${spoken(timings[stage])}`).join(', ');
  const bar = drawing(
    'svg',
    { viewBox: '0 0 100 8', preserveAspectRatio: 'none', role: 'img', 'aria-label': label },
    bars,
  );
  const legend = ran.flatMap(([stage, name]) => [
    element('dt', {}, element('span', { class: stage }), name),
    element('dd', {}, spoken(timings[stage])),
  ]);
  return element(
    'details',
    { class: 'timings' },
    element('summary', {}, spoken(timings.totalMs), bar),
    element('dl', {}, legend),
  );
}
