/**
 * How does the page ask what only operators may? From the machine itself no key is asked for; elsewhere one is given to the page, which
 * keeps it in memory: it is in no storage, no address and no cookie, and gone with the page.
 */

const ANSWER_MS = 10_000;

/** Why something was not done, in words for a person. */
export class Refused extends Error {
  /** @type {boolean} */
  needsKey;
  /** Of a problem document; '' where nothing of the kind came. @type {string} */
  code;

  /** @param {string} message @param {string} [code] @param {boolean} [needsKey] */
  constructor(message, code = '', needsKey = false) {
    super(message);
    this.code = code;
    this.needsKey = needsKey;
  }
}

export class AdminClient {
  /** @type {string | null} */
  #key = null;

  /** Null forgets it. @param {string | null} key */
  use(key) {
    this.#key = key;
  }

  get hasKey() {
    return this.#key !== null;
  }

  /** @param {string} path from the page @throws {Refused} */
  read(path) {
    return this.#ask(path, { method: 'GET' }, ANSWER_MS);
  }

  /** @param {string} path @param {object} body @param {number} [patienceMs] for what takes its time @throws {Refused} */
  act(path, body, patienceMs = ANSWER_MS) {
    const headers = { 'content-type': 'application/json' };
    return this.#ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, patienceMs);
  }

  /** @param {string} path @param {RequestInit} init @param {number} patienceMs */
  async #ask(path, init, patienceMs) {
    const headers = { ...init.headers, ...(this.#key === null ? {} : { authorization: `Bearer ${this.#key}` }) };
    const signal = AbortSignal.timeout(patienceMs);
    let response;
    let told;
    try {
      response = await fetch(path, { ...init, headers, signal, cache: 'no-store' });
      told = await response.json();
    } catch {
      throw new Refused(lostWords(response, signal, patienceMs));
    }
    if (response.ok) return told;
    const { code = '', detail = `The server answers with ${response.status}` } = told ?? {};
    throw new Refused(String(detail), String(code), response.status === 401 || response.status === 403);
  }
}

/** @param {Response | undefined} response @param {AbortSignal} signal @param {number} patienceMs */
function lostWords(response, signal, patienceMs) {
  if (signal.aborted)
    return `No answer within ${Math.round(patienceMs / 1000)} s: look at the timeline before it is tried again`;
  return response === undefined
    ? 'The server cannot be reached: look at the timeline before it is tried again'
    : `The server answers with ${response.status}, and nothing that can be read`;
}
