/** Do the numbers still come? A stream of snapshots that says when it is silent, and finds its server again. */
import { readSnapshot } from './reading.js';

/** @typedef {import('../snapshot.ts').Snapshot} Snapshot */
/** @typedef {'opening' | 'live' | 'lost'} FeedState */

/** Snapshots come every second: after this long, something is wrong, whatever the connection says of itself. */
const SILENCE_MS_MAX = 3500;
/** A silent connection is given up after this long; one that was refused, after the pause. */
const PATIENCE_MS_MAX = 10_000;
const PAUSE_MS_MIN = 1000;
const PAUSE_MS_MAX = 8000;
const CHECK_MS = 500;

export class Feed {
  /** @type {FeedState} */
  state = 'opening';
  /** When the last snapshot came, by this machine's calendar; when the page began to wait where none has. */
  heardMs = Date.now();
  #address;
  #onSnapshot;
  #onState;
  /** @type {EventSource} */
  #source;
  #openedMs = 0;
  #pauseMs = PAUSE_MS_MIN;

  /**
   * @param {string} address
   * @param {(snapshot: Snapshot) => void} onSnapshot
   * @param {() => void} onState called when `state` has changed
   */
  constructor(address, onSnapshot, onState) {
    this.#address = address;
    this.#onSnapshot = onSnapshot;
    this.#onState = onState;
    this.#source = this.#open();
    setInterval(() => this.#check(), CHECK_MS);
    addEventListener('online', () => this.#reopen());
  }

  #open() {
    this.#openedMs = Date.now();
    const source = new EventSource(this.#address);
    source.addEventListener('snapshot', ({ data }) => this.#take(data));
    source.addEventListener('error', () => this.#change('lost'));
    return source;
  }

  #reopen() {
    this.#source.close();
    this.#source = this.#open();
  }

  /** @param {string} data */
  #take(data) {
    const snapshot = readSnapshot(data);
    // Where no other follows, the silence is told.
    if (snapshot === null) return;
    this.heardMs = Date.now();
    this.#pauseMs = PAUSE_MS_MIN;
    this.#change('live');
    this.#onSnapshot(snapshot);
  }

  #check() {
    const now = Date.now();
    if (now - this.heardMs > SILENCE_MS_MAX) this.#change('lost');
    if (this.state !== 'lost') return;
    const isRefused = this.#source.readyState === EventSource.CLOSED;
    if (now - this.#openedMs < (isRefused ? this.#pauseMs : PATIENCE_MS_MAX)) return;
    if (isRefused) this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * this.#pauseMs);
    this.#reopen();
  }

  /** @param {FeedState} state */
  #change(state) {
    if (state === this.state) return;
    this.state = state;
    this.#onState();
  }
}
