/** The dashboard: a snapshot comes in each second, and the page shows the last one, unless it is paused or not looked at. */
import { byId, element } from '../elements.js';
import { Announcer } from './announcer.js';
import { ChartBoard } from './chart-board.js';
import { connectionOf, troubleOf } from './connection.js';
import { Feed } from './feed.js';
import { IncidentPanel } from './incident-panel.js';
import { worstFirst } from './incidents.js';
import { listenToKeys } from './keys.js';
import { showPanels } from './panels.js';
import { RANGE_NAMES, RANGES, rangeNamed } from './ranges.js';
import { renew } from './renew.js';
import { sign } from './signs.js';
import { verdictOf } from './verdict.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {import('./ranges.js').RangeName} RangeName */

const AGE_MS = 1000;

/** @type {Snapshot | null} */
let latest = null;
/** What the panels and charts show; older than the latest while the page is paused. @type {Snapshot | null} */
let shown = null;
let isPaused = false;
let stepsMissed = 0;
let isAskedToDraw = false;

const announcer = new Announcer();
const board = new ChartBoard(rangeNamed(new URLSearchParams(location.search).get('range')), draw);
const incident = new IncidentPanel(() => latest?.timeMs ?? Date.now());
const feed = new Feed('dashboard/events', take, stateChanged);

/** @param {Snapshot} snapshot */
function take(snapshot) {
  // Steps begin again with the process.
  if (latest !== null) stepsMissed += Math.max(0, snapshot.step - latest.step - 1);
  if (latest !== null && snapshot.process.version !== latest.process.version) byId('renewed').hidden = false;
  latest = snapshot;
  board.take(snapshot);
  showTop();
  draw();
}

function stateChanged() {
  // What happened while nothing came is in the history.
  if (feed.state === 'live' && latest !== null) void board.history.fetch();
  showTop();
}

/** The verdict, the connection and the title are always of now: in the background, and while the rest stands still. */
function showTop() {
  const verdict = latest && verdictOf(latest);
  const trouble = troubleOf(feed.state, (Date.now() - feed.heardMs) / 1000, latest !== null);
  const said = trouble ?? verdict;
  if (!said) return;
  document.body.dataset['tone'] = said.tone;
  document.title = `${said.spoken} – wp-chat`;
  announcer.say('state', said.spoken);
  renew(byId('verdict'), sign(said.tone), element('span', { dir: 'auto' }, said.shown));
  const before = trouble && verdict ? [`Before: ${verdict.shown}`] : [];
  const others = [...before, ...(verdict?.others ?? [])];
  renew(
    byId('others'),
    others.map((sentence) => element('li', { dir: 'auto' }, sentence)),
  );
  const connection = connectionOf(feed.state, (shown ?? latest)?.timeMs ?? null, isPaused);
  renew(byId('connection'), sign(connection.tone), element('span', {}, connection.shown));
}

/** At the next frame, however often it is asked for; never while nobody looks. */
function draw() {
  if (isAskedToDraw || document.hidden) return;
  isAskedToDraw = true;
  requestAnimationFrame(() => {
    isAskedToDraw = false;
    if (isPaused || !latest) return;
    shown = latest;
    showPanels(shown, stepsMissed);
    board.show(shown);
    showTop();
  });
}

/** @param {boolean} next */
function pause(next) {
  isPaused = next;
  byId('pause').ariaPressed = `${isPaused}`;
  announcer.say('pause', isPaused ? 'Paused' : 'Live again');
  showTop();
  draw();
}

/** @param {RangeName} range */
function select(range) {
  /** @type {HTMLInputElement} */
  const choice = byId(`range-${range}`);
  choice.checked = true;
  const query = new URLSearchParams(location.search);
  if (range === '5m') query.delete('range');
  else query.set('range', range);
  history.replaceState(null, '', query.size === 0 ? location.pathname : `?${query}`);
  if (isPaused) pause(false);
  board.select(range);
  draw();
}

function openWorst() {
  const [worst] = worstFirst(latest?.incidents ?? []);
  if (worst) incident.open(worst.id);
  else announcer.say('incidents', 'No incident is open');
}

for (const range of RANGE_NAMES) byId(`range-${range}`).addEventListener('change', () => select(range));
byId('pause').addEventListener('click', () => pause(!isPaused));
listenToKeys([
  { key: 'p', meaning: 'Pause, and go on', run: () => pause(!isPaused) },
  { key: 'i', meaning: 'The worst incident that is open', run: openWorst },
  ...RANGE_NAMES.map((range, at) => ({
    key: `${at + 1}`,
    meaning: `Charts of the last ${RANGES[range].words}`,
    run: () => select(range),
  })),
]);
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return;
  void board.history.fetch();
  draw();
});
setInterval(() => {
  if (feed.state !== 'live') showTop();
}, AGE_MS);
select(board.history.range);
