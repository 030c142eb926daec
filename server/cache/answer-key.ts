/** Are two requests the same question? They are where their keys are equal. */
import { generationOf } from '../../engine/index.ts';
import type { SearchFilters, SearchRequest } from '../../engine/types.ts';
import type { Format } from '../wire/index.ts';

export interface Question {
  readonly request: SearchRequest;
  /** Of the index that is to answer, with its changes. */
  readonly generation: string;
  readonly arm: string;
  readonly format: Format;
}

/**
 * Everything that an answer depends on, but for changes of documents: those make answers old, and an old one can be of use for a
 * moment. How long it may take is left out, as is in which order and how often the values of a
 * filter were named: they are alternatives.
 */
export function keyOf({ request, generation, arm, format }: Question): string {
  const { deadlineAtMs: _, filters, ...rest } = request;
  return JSON.stringify([generationOf(generation), arm, format, rest, normalised(filters)]);
}

const sorted = (values: readonly string[]): string[] => [...new Set(values)].sort();

function normalised({ category, tag, author, type, language, dateFromMs, dateToMs }: SearchFilters): unknown[] {
  return [...[category, tag, author, type, language].map(sorted), dateFromMs, dateToMs];
}
