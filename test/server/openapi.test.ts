import { describe, expect, it } from 'vitest';
import { configSchema } from '../../server/config/schema.ts';
import { openApi } from '../../server/openapi.ts';
import { filtersSchema, searchSchema } from '../../server/wire/index.ts';

type Json = Record<string, unknown>;
const config = configSchema.parse({ server: { batchQueriesMax: 7 }, retrieval: { topkMax: 42, topk: 5 } });
const description = JSON.parse(JSON.stringify(openApi(config))) as Json;

function* everyObject(value: unknown): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield value as Json;
  for (const inner of Object.values(value)) yield* everyObject(inner);
}

const at = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split('/')
    .reduce<unknown>(
      (value, key) => (value as Json | undefined)?.[key.replaceAll('~1', '/').replaceAll('~0', '~')],
      description,
    );

interface Operation {
  readonly summary: string;
  readonly parameters?: readonly { name: string; in: string; schema: Json }[];
  readonly requestBody?: { content: Json };
  readonly responses: Readonly<Record<string, { description: string }>>;
}
const paths = description['paths'] as Record<string, Record<string, Operation>>;
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
);

describe('openapi.json', () => {
  it('says which version it is, and of what', () => {
    expect(description['openapi']).toBe('3.1.0');
    expect(description['info']).toMatchObject({ title: 'wp-chat', version: expect.any(String) });
  });

  it('every reference leads somewhere', () => {
    const references = [...everyObject(description)].flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []));
    expect(references.length).toBeGreaterThan(10);
    for (const reference of references) {
      expect(reference).toMatch(/^#\//);
      expect(at(reference), reference).toBeTypeOf('object');
    }
  });

  it.each(operations)('$name has a summary, and responses with a description', ({ operation }) => {
    expect(operation.summary).not.toBe('');
    expect(Object.keys(operation.responses).filter((status) => /^2/.test(status))).not.toEqual([]);
    for (const [status, { description: about }] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^[2-5]\d\d$/);
      expect(about).not.toBe('');
    }
    for (const { name, in: place, schema } of operation.parameters ?? []) {
      expect(['query', 'header', 'path']).toContain(place);
      expect([name, schema]).toEqual([expect.any(String), expect.any(Object)]);
    }
  });

  it('GET takes exactly the fields of the schema that validates, filters beside them', () => {
    const { filters: _, ...fields } = searchSchema(config).shape;
    const names = paths['/search']!['get']!.parameters!.filter((parameter) => parameter.in === 'query');
    expect(names.map(({ name }) => name).sort()).toEqual(
      [...Object.keys(fields), ...Object.keys(filtersSchema.shape)].sort(),
    );
    expect(new Set(names.map(({ name }) => name)).size).toBe(names.length);
  });

  it('tells who may ask: no key, a key with one of the scopes, or none from this machine alone', () => {
    const of = (path: string, method: string, auth: Json = {}): string[] => {
      const told = openApi(configSchema.parse({ server: { auth } })) as unknown as { paths: typeof paths };
      const { security } = told.paths[path]![method]! as unknown as { security: Record<string, string[]>[] };
      return security.map((one) => Object.entries(one).join());
    };
    expect(of('/stats/health', 'get')).toEqual([]);
    expect(of('/search', 'get')).toEqual([
      '',
      'bearer,search',
      'bearer,admin',
      'apiKey,search',
      'apiKey,admin',
      'basic,search',
      'basic,admin',
    ]);
    expect(of('/admin/rate-limit/block', 'delete', { admin: 'key' })).not.toContain('');
    expect(of('/admin/rate-limit/block', 'delete')).toContain('');
    expect(of('/admin/keys', 'get', { admin: 'key' })).toEqual(['bearer,admin', 'apiKey,admin', 'basic,admin']);
  });

  it('limits and defaults are those of the configuration', () => {
    expect(at('#/components/schemas/Search/properties/topk')).toMatchObject({ minimum: 1, maximum: 42, default: 5 });
    expect(at('#/components/schemas/Batch/properties/queries')).toMatchObject({ minItems: 1, maxItems: 7 });
    expect(at('#/components/schemas/Search/additionalProperties')).toBe(false);
  });

  it('schemas are plain JSON Schema: every type is one, every required property exists', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];
    for (const schema of everyObject(at('#/components/schemas'))) {
      const { type, required, properties } = schema;
      if (typeof type === 'string' || Array.isArray(type))
        for (const one of [type].flat()) expect(types).toContain(one);
      if (Array.isArray(required) && typeof properties === 'object')
        for (const name of required) expect(Object.keys(properties as Json)).toContain(name);
    }
  });
});

it('what makes things fail is described only where it is served', () => {
  const of = (faults: boolean) => Object.keys(openApi(configSchema.parse({ server: { faults } }))['paths'] as object);
  expect(of(false)).not.toContain('/admin/faults');
  expect(of(true)).toContain('/admin/faults');
});
