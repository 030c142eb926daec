/** `?q=…&category=a&category=b` → the same shape a JSON body has; values that do not fit are left for the schema to refuse. */
import { filtersSchema } from './request-schema.ts';

const FILTERS = new Set(Object.keys(filtersSchema.shape));
const NUMBERS = new Set(['topk', 'offset', 'min_score']);
const BOOLEANS = new Set(['rerank', 'mmr', 'explain']);
const TRUE = new Set(['true', '1']);
const FALSE = new Set(['false', '0']);

export function parseQueryString(query: string): Record<string, unknown> {
  const input: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const filters: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    const texts = parameters.getAll(name);
    if (name === 'facets') input[name] = texts.flatMap((text) => text.split(',')).filter((text) => text !== '');
    else if (FILTERS.has(name)) filters[name] = texts.length === 1 ? texts[0] : texts;
    else input[name] = texts.length === 1 ? typed(name, texts[0]!) : texts;
  }
  if (Object.keys(filters).length > 0) input['filters'] = { ...filters };
  return { ...input };
}

function typed(name: string, text: string): unknown {
  if (BOOLEANS.has(name)) return TRUE.has(text) ? true : FALSE.has(text) ? false : text;
  if (NUMBERS.has(name)) return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
  return text;
}
