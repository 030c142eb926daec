/** What may one arm of an experiment change, against the configuration as it is? Plain values: they cross the thread border. */
import { z } from 'zod';
import { engineSchema, type RetrievalConfig, type RetrievalPatch, retrievalPatchSchema } from './config.ts';
import { EngineError } from './errors.ts';

export interface Variant {
  /** Unique, such as `rerank:canary`; 1 to 64 letters, digits, `_`, `.`, `:` and `-`. */
  readonly name: string;
  /**
   * False: not reranked though asked for, which `degraded` tells as `rerank_off`. True: reranked where it is asked for, and
   * where the configuration leaves it out unless asked. Null: as asked.
   */
  readonly rerank: boolean | null;
  /**
   * Settings that take the place of the configured ones. `mode`, `fusion.kind` and `mmr.enabled` are what a request gets that
   * says nothing: one that asks for something else than the configuration has keeps what it asked for.
   */
  readonly retrieval: RetrievalPatch;
  /**
   * Directory name of a model that reranks in processes of its own, so that whatever happens to it happens to this arm alone; also
   * the configured one, where that is what is tried. Null: as configured, in the workers.
   */
  readonly reranker: string | null;
  /** A generation on the disk, such as one that was built with another embedder. Null: the one that serves. */
  readonly generation: string | null;
}

export const VARIANTS_MAX = 64;

const NAME = /^[\w.:-]{1,64}$/;
/** The names of folders: never a path. */
const FOLDER = /^\w[\w.-]{0,127}$/;

const variantSchema = z.strictObject({
  name: z.string().regex(NAME, 'a name of 1 to 64 letters, digits, _ . : and -'),
  rerank: z.boolean().nullable(),
  retrieval: retrievalPatchSchema,
  reranker: z.string().regex(FOLDER, 'the name of a model directory').nullable(),
  generation: z.string().regex(FOLDER, 'the name of a generation').nullable(),
});

/**
 * Variants as a process may take them; what they name is yet to be looked for.
 *
 * @throws EngineError variant_invalid with the first wrong field, its value, what was expected and what to do
 */
export function parseVariants(variants: unknown): Variant[] {
  const parsed = z.array(variantSchema).max(VARIANTS_MAX, `at most ${VARIANTS_MAX} variants`).safeParse(variants);
  if (!parsed.success) throw refusalOf(parsed.error.issues[0]!, variants);
  const names = parsed.data.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid('name', twice, 'a name that no other variant has', twice);
  return parsed.data;
}

/** Dotted names of what a variant changes: two variants that share one cannot both have their way. The later of a request wins. */
export function keysChanged({ rerank, retrieval, reranker, generation }: Variant): string[] {
  return [
    ...(rerank === null ? [] : ['rerank']),
    ...leavesOf(retrieval).map((path) => ['retrieval', ...path].join('.')),
    ...(reranker === null ? [] : ['reranker']),
    ...(generation === null ? [] : ['generation']),
  ];
}

/** The settings with what the variants change, in order. */
export function patched(settings: RetrievalConfig, variants: readonly Variant[]): RetrievalConfig {
  let now = settings;
  for (const { retrieval } of variants) {
    const fusion = { ...now.fusion, ...retrieval.fusion };
    const mmr = { ...now.mmr, ...retrieval.mmr };
    const rerank = { ...now.rerank, ...retrieval.rerank };
    now = { ...now, ...retrieval, fusion, mmr, rerank };
  }
  return now;
}

function leavesOf(value: object): string[][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'object' && inner !== null ? leavesOf(inner).map((path) => [key, ...path]) : [[key]],
  );
}

function refusalOf(issue: z.core.$ZodIssue, variants: unknown): EngineError {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  const [at, ...field] = path;
  const variant = at === undefined ? null : valueAt(variants, [at]);
  const named = valueAt(variant, ['name']);
  const name = typeof named === 'string' ? named : String(at ?? 'variants');
  const expected = issue.code === 'unrecognized_keys' ? placeOf(field) : issue.message;
  return invalid(field.join('.'), valueAt(variants, path), expected, name);
}

/** What is said of a field that no variant has. */
function placeOf(field: readonly PropertyKey[]): string {
  const [first, ...rest] = field;
  const isSetting = first === 'retrieval' && valueAt(engineSchema.parse({}).retrieval, rest) !== undefined;
  return isSetting
    ? 'a setting that may differ from query to query: this one holds for the whole process'
    : 'no such field';
}

function invalid(field: string, value: unknown, expected: string, name: string): EngineError {
  const path = field === '' ? name : `${name}: ${field}`;
  const shown = JSON.stringify(value)?.slice(0, 100) ?? 'missing';
  return new EngineError('variant_invalid', `Cannot use variant ${path}: expected ${expected}: ${shown}`, {
    field,
    value,
    expected,
    remedy: 'Correct the variant; nothing was changed',
  });
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
