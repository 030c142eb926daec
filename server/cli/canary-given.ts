/** Shares and settings of experiments, as they are typed. */
import { InvalidArgumentError } from 'commander';

export function percent(text: string): number {
  const number = /^\d{1,3}(?:\.\d{1,2})? ?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (!(number <= 100)) throw new InvalidArgumentError('Expected percent from 0 to 100 in steps of 0.01, such as 2.5.');
  return number;
}

export const percents = (text: string): number[] => text.split(',').map((part) => percent(part.trim()));

/** `fusion.denseWeight=0.5` → {fusion: {denseWeight: 0.5}}, into what was given before. */
export function setting(text: string, before: Record<string, unknown>): Record<string, unknown> {
  const at = text.indexOf('=');
  const path = text.slice(0, Math.max(at, 0)).split('.');
  if (at < 1 || path.includes('') || path.includes('__proto__'))
    throw new InvalidArgumentError('Expected key=value, such as fusion.denseWeight=0.5.');
  const given = text.slice(at + 1);
  const value =
    given === 'true'
      ? true
      : given === 'false'
        ? false
        : given !== '' && Number.isFinite(Number(given))
          ? Number(given)
          : given;
  const nested = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
  return merged(before, nested);
}

function merged(before: Record<string, unknown>, more: Record<string, unknown>): Record<string, unknown> {
  const result = { ...before };
  for (const [key, value] of Object.entries(more)) {
    const had = result[key];
    result[key] = isObject(had) && isObject(value) ? merged(had, value) : value;
  }
  return result;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
