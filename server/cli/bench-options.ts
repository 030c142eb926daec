/** What benchmarks check of their options before they begin. */
import { accessSync, constants, statSync } from 'node:fs';
import { EngineError } from '../../engine/errors.ts';

/** Both ends are allowed. */
export interface NumberRange {
  readonly low: number;
  readonly high: number;
  readonly whole: boolean;
}

/** @param option its long name without dashes. @throws EngineError config_invalid with option, value and what is allowed */
export function numberOf(option: string, text: string, { low, high, whole }: NumberRange): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= low && value <= high && (!whole || Number.isInteger(value))) return value;
  const expected = `a ${whole ? 'whole ' : ''}number from ${low} to ${high}`;
  throw new EngineError('config_invalid', `--${option}: expected ${expected}, got: ${text}`, {
    field: option,
    expected,
    value: text,
  });
}

/** @throws EngineError source_unreadable where it is no file that can be read */
export function requireReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isDirectory()) throw new Error('it is a directory');
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read tokens: ${(error as Error).message}: ${file}`, {
      file,
      expected: 'a file with one line of tokens a document or query',
    });
  }
}
