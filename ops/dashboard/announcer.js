/** What is a screen reader told? Changes of state, each once; never the numbers of every second. */
import { byId } from '../elements.js';

export class Announcer {
  /** What was said last of each subject. @type {Map<string, string>} */
  #said = new Map();

  /** @param {string} subject @param {string} sentence without anything that counts up */
  say(subject, sentence) {
    if (this.#said.get(subject) === sentence) return;
    this.#said.set(subject, sentence);
    byId('news').textContent = sentence;
  }
}
