/** Why did a process die? What it wrote to standard error, as far as that is short. */
import type { ChildProcess } from 'node:child_process';

/** The first are kept, since traces of the stack follow the cause. */
const WORDS_CHARS = 300;

/** @returns what asks for them: `: …`, or nothing where there are none */
export function wordsOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(0, WORDS_CHARS);
  });
  return () => (text.trim() === '' ? '' : `: ${text.trim()}`);
}
