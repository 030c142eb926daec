/** Many small texts into chunks for a socket, made while it asks for them, and never many at a time. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const CHUNK_CHARS = 32 * 1024;
/** Each text is one bounded step of work, at most some tens of microseconds; so many are made before others get their turn. */
const STEPS_MAX = 16;

/** @param texts an empty one is a step of work that has nothing to say */
export async function* inChunks(texts: Iterable<string>): AsyncGenerator<string, void, void> {
  let chunk = '';
  let steps = 0;
  for (const text of texts) {
    chunk += text;
    steps += 1;
    if (chunk.length < CHUNK_CHARS && steps < STEPS_MAX) continue;
    if (chunk !== '') yield chunk;
    chunk = '';
    steps = 0;
    await nextTurn();
  }
  if (chunk !== '') yield chunk;
}
