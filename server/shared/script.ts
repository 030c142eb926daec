/** A program that Redis runs as one step, and by what it is called. */
import { createHash } from 'node:crypto';

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

export const scriptOf = (text: string): Script => ({ text, sha1: createHash('sha1').update(text).digest('hex') });
