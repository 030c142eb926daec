import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decode, encode, validateSearch } from '../../../server/wire/index.ts';
import { schema } from './arbitrary-request.ts';

/** JSON Schema, as far as the request uses it. */
interface Node {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Node[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
}

interface Wrong {
  readonly why: string;
  readonly value: unknown;
  /** What the fault must say: the limit, or the type. */
  readonly says: string;
  /** Where the fault lies within the value; the value itself where it is absent. */
  readonly within?: string;
}

const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as unknown as Node;

const long = (characters: number): string => 'x'.repeat(characters);

/** Everything that a field of this description must refuse. */
function wrongValues(node: Node): Wrong[] {
  const { anyOf } = node;
  if (anyOf !== undefined) return wrongUnion(anyOf);
  if (node.enum !== undefined) {
    const says = `one of ${node.enum.join(', ')}`;
    return [long(5), '', 5, null, [], {}, true].map((value) => ({ why: 'no such choice', value, says }));
  }
  switch (node.type) {
    case 'integer':
      return [
        { why: 'too small', value: node.minimum! - 1, says: `at least ${node.minimum}` },
        { why: 'too large', value: node.maximum! + 1, says: `at most ${node.maximum}` },
        { why: 'far too large', value: 1e300, says: 'at most' },
        { why: 'a fraction', value: node.minimum! + 0.5, says: 'a whole number' },
        ...['1', '', null, [], {}, true].map((value) => ({ why: 'no number', value, says: 'a number' })),
      ];
    case 'string':
      return [
        { why: 'too short', value: '', says: 'at least 1 character' },
        { why: 'blank', value: ' \t\n', says: 'at least 1 character' },
        { why: 'too long', value: long(node.maxLength! + 1), says: `at most ${node.maxLength} characters` },
        ...[5, null, [], {}, true].map((value) => ({ why: 'no text', value, says: 'a string' })),
      ];
    case 'boolean':
      return ['true', 'yes', '', 0, 1, null, [], {}].map((value) => ({ why: 'no boolean', value, says: 'a boolean' }));
    case 'array':
      return [
        {
          why: 'too many',
          value: Array.from({ length: node.maxItems! + 1 }, () => node.items!.enum![0]),
          says: `at most ${node.maxItems} values`,
        },
        { why: 'a wrong item', value: ['none such'], says: `one of ${node.items!.enum!.join(', ')}`, within: '0' },
        ...['tag', 5, null, {}].map((value) => ({ why: 'no list', value, says: 'an array' })),
      ];
    case 'object':
      return [
        ...[5, 'x', null, []].map((value) => ({ why: 'no object', value, says: 'an object' })),
        { why: 'unknown', value: { nonesuch: 1 }, says: 'no such field', within: 'nonesuch' },
      ];
    default:
      return ['1', '', [], {}, true, Number.NaN].map((value) => ({ why: 'no number', value, says: 'a number' }));
  }
}

function wrongUnion(branches: readonly Node[]): Wrong[] {
  if (branches.some(({ type }) => type === 'null')) {
    const texts = [
      'yesterday',
      '',
      '2026-02-30',
      '2026-13-01',
      '2026-01-31T25:00:00Z',
      '2026-01-31 12:00',
      '31.1.2026',
    ];
    return [...texts, long(10_000), 5, true, [], {}].map((value) => ({
      why: 'no date',
      value,
      says: 'a date such as',
    }));
  }
  const [one, many] = branches as [Node, Node];
  const tooLong = long(one.maxLength! + 1);
  const list = `a list of at most ${many.maxItems}`;
  return [
    { why: 'too short', value: '', says: 'at least 1 character' },
    { why: 'too long', value: tooLong, says: `at most ${one.maxLength} characters` },
    { why: 'too many', value: Array.from({ length: many.maxItems! + 1 }, () => 'x'), says: list },
    { why: 'an item too long', value: ['x', tooLong], says: `at most ${one.maxLength} characters`, within: '1' },
    { why: 'an item too short', value: [''], says: 'at least 1 character', within: '0' },
    ...[5, null, {}, true].map((value) => ({ why: 'neither text nor list', value, says: list })),
  ];
}

function* cases(node: Node, path: readonly string[]): Generator<{ path: string[]; wrong: Wrong; title: string }> {
  for (const [name, child] of Object.entries(node.properties!)) {
    const at = [...path, name];
    for (const wrong of wrongValues(child))
      yield { path: at, wrong, title: `${at.join('.')} ${wrong.why}: ${JSON.stringify(wrong.value)?.slice(0, 30)}` };
    if (child.properties !== undefined) yield* cases(child, at);
  }
}

/** A body that is right but for one place. */
const bodyWith = (path: readonly string[], value: unknown): Record<string, unknown> => {
  const inner = path.length === 1 ? value : bodyWith(path.slice(1), value);
  return { [path[0]!]: inner };
};

const faultsOf = (body: unknown) => {
  const validated = validateSearch(schema, body, 1);
  if (validated.ok) throw new Error(`Accepted: ${JSON.stringify(validated.value).slice(0, 200)}`);
  return validated.faults;
};

/** How a value is told: as it came, cut where it is long. */
const isShownAs = (shown: unknown, value: unknown): boolean => {
  if (typeof value === 'number') return Object.is(shown, value);
  if (value === null || typeof value === 'boolean') return shown === value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= 100 ? shown === text : shown === `${text.slice(0, 100)}…`;
};

describe('a request that is not right', () => {
  it.each([...cases(root, [])])('is refused with field, value and limit: $title', ({ path, wrong }) => {
    const body = { ...(path[0] === 'q' || path[0] === 'query' ? {} : { q: 'backup' }), ...bodyWith(path, wrong.value) };
    const field = [...path, ...(wrong.within === undefined ? [] : [wrong.within])].join('.');
    const found = faultsOf(body).find((fault) => fault.field === field);
    expect(found, `a fault of ${field} among ${JSON.stringify(faultsOf(body)).slice(0, 300)}`).toBeDefined();
    expect(found!.expected).toContain(wrong.says);
    const at = wrong.within === undefined ? wrong.value : (wrong.value as Record<string, unknown>)[wrong.within];
    expect(isShownAs(found!.value, at), JSON.stringify(found!.value)).toBe(true);
  });

  it('lists every fault at once', () => {
    const faults = faultsOf({ q: 'a', topk: 0, mode: 'x', filters: { tag: 5, nonesuch: 1 }, other: true });
    expect(faults.map(({ field }) => field).sort()).toEqual([
      'filters.nonesuch',
      'filters.tag',
      'mode',
      'other',
      'topk',
    ]);
  });

  it('tells twenty faults and how many more there are, with names that are cut', () => {
    const unknown = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`${n}`.padEnd(5000, 'x'), n]));
    const faults = faultsOf({ q: 'a', ...unknown });
    expect(faults).toHaveLength(21);
    for (const { field } of faults) expect(field.length).toBeLessThanOrEqual(100);
    expect(faults.at(-1)!.expected).toContain('480 more');
    expect(faultsOf({ q: 'a', topk: 0, other: 1 })).toHaveLength(2);
  });

  it.each([
    ['2026-02-01', '2026-01-31'],
    ['2026-01-31T12:00:00Z', '2026-01-31T11:59:59Z'],
    ['2026-02-01T00:00:00Z', '2026-01-31'],
  ])('may not end before it begins: %s to %s', (date_from, date_to) => {
    expect(faultsOf({ q: 'a', filters: { date_from, date_to } })).toEqual([
      { field: 'filters.date_to', value: date_to, expected: 'a date that is not before date_from' },
    ]);
    expect(validateSearch(schema, { q: 'a', filters: { date_from: date_to, date_to: date_from } }, 1).ok).toBe(true);
    expect(
      validateSearch(schema, { q: 'a', filters: { date_from: '2026-01-31T12:00:00Z', date_to: '2026-01-31' } }, 1).ok,
    ).toBe(true);
  });

  it.each([{}, { topk: 3 }, { q: 'a', query: 'b' }])('needs exactly one of query and q: %j', (body) => {
    expect(faultsOf(body)).toEqual([
      expect.objectContaining({ field: 'query', expected: expect.stringMatching(/exactly one/) }),
    ]);
  });

  it.each([null, 5, 'text', true, [], [{ q: 'a' }]])('is refused where the body is no object: %j', (body) => {
    expect(faultsOf(body)).toEqual([expect.objectContaining({ field: 'body', expected: 'an object' })]);
  });
});

describe('names that objects inherit', () => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__'];
  const payload = '{"polluted":true,"topk":7}';
  const untouched = (): void => {
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  };

  it.each(names)('%s is an unknown field in JSON, and changes nothing', (name) => {
    for (const text of [`{"q":"a","${name}":${payload}}`, `{"q":"a","filters":{"${name}":${payload}}}`]) {
      const decoded = decode(Buffer.from(text), 'json', 16);
      if (!decoded.ok) throw new Error(decoded.detail);
      const [fault] = faultsOf(decoded.value);
      expect(fault!.field.split('.').at(-1)).toBe(name);
      expect(fault!.expected).toBe('no such field');
    }
    untouched();
  });

  it.each(names)('%s is refused in MessagePack, and changes nothing', (name) => {
    const key = Buffer.from(name);
    const body = Buffer.concat([
      Buffer.from([0x82, 0xa1, 0x71, 0xa1, 0x61, 0xa0 | key.length]),
      key,
      encode({ polluted: true }, 'msgpack') as Uint8Array,
    ]);
    const decoded = decode(body, 'msgpack', 16);
    if (!decoded.ok) throw new Error(decoded.detail);
    expect(faultsOf(decoded.value)[0]!.expected).toBe('no such field');
    untouched();
  });
});
