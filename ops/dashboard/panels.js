/** Which part of a snapshot is shown where? */
import { byId, element } from '../elements.js';
import { cacheOf, limitsOf } from './admission.js';
import { canaryOf } from './canary.js';
import { alarmsOf, detectorsOf } from './detectors.js';
import { indexOf, lostOf, modelsOf } from './holdings.js';
import { incidentsOf } from './incidents.js';
import { memoryOf, processorOf, workersOf } from './machine.js';
import { objectivesOf } from './objectives.js';
import { renew } from './renew.js';
import { vitalsOf } from './vitals.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('../elements.js').Child} Child */

const PANELS = /** @type {Readonly<Record<string, (snapshot: Snapshot) => Child | readonly Child[]>>} */ ({
  alarms: alarmsOf,
  vitals: vitalsOf,
  objectives: ({ objectives }) => objectivesOf(objectives),
  detectors: detectorsOf,
  incidents: incidentsOf,
  canary: canaryOf,
  limits: limitsOf,
  cache: cacheOf,
  workers: workersOf,
  memory: memoryOf,
  processor: processorOf,
  index: indexOf,
  models: modelsOf,
});

/** A panel that cannot show its part says so, and the others go on. @param {string} id @param {() => Child | readonly Child[]} make */
function showPanel(id, make) {
  const place = byId(`${id}-now`);
  try {
    renew(place, ...[make()].flat());
  } catch {
    renew(
      place,
      element('p', { class: 'quiet' }, 'Cannot be shown: the server may be of another version. Reload the page'),
    );
  }
}

/** @param {Snapshot} snapshot @param {number} stepsMissed by this page */
export function showPanels(snapshot, stepsMissed) {
  for (const [id, make] of Object.entries(PANELS)) showPanel(id, () => make(snapshot));
  showPanel('lost', () => lostOf(snapshot, stepsMissed));
}
