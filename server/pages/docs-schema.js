/** JSON Schema in words: what a value may be, and what an object holds. */
import { element } from './elements.js';

/**
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {string | string[]} [type]
 * @property {string} [format]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {unknown} [const]
 * @property {unknown[]} [enum]
 * @property {number} [minimum]
 * @property {number} [maximum]
 * @property {number} [minLength]
 * @property {number} [maxLength]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {Schema} [items]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {Schema[]} [allOf]
 * @property {Record<string, Schema>} [properties]
 * @property {boolean | Schema} [additionalProperties]
 * @property {string[]} [required]
 */
/** @typedef {Record<string, Schema>} Schemas components.schemas of the description */

/** Objects within objects that are unfolded at first. */
const OPEN_DEPTH = 1;
const SAFE_INTEGER = 2 ** 53 - 1;

/** @param {Schema} schema */
const nameOf = (schema) => schema.$ref?.split('/').at(-1);

/** @param {Schema} schema @param {Schemas} schemas @returns {Schema} */
export const resolved = (schema, schemas) => schemas[nameOf(schema) ?? ''] ?? schema;

/** @param {number | undefined} low @param {number | undefined} high @param {string} unit */
function range(low, high, unit) {
  const top = high === SAFE_INTEGER ? undefined : high;
  if (low === undefined && top === undefined) return '';
  if (low === undefined) return ` up to ${top}${unit}`;
  return top === undefined ? ` from ${low}${unit}` : ` ${low}–${top}${unit}`;
}

/** What a value may be, in a line. @param {Schema} schema @returns {string} */
export function kindOf(schema) {
  const name = nameOf(schema);
  if (name) return name;
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (choices) return [...new Set(choices.map(kindOf))].join(schema.allOf ? ' and ' : ' or ');
  if (schema.enum) return schema.enum.join(' | ');
  if (schema.const !== undefined) return `${schema.const}`;
  if (schema.items) return `list of ${kindOf(schema.items)}${range(schema.minItems, schema.maxItems, '')}`;
  const type = [schema.format ?? schema.type ?? 'anything'].flat().join(' or ');
  return `${type}${range(schema.minimum, schema.maximum, '')}${range(schema.minLength, schema.maxLength, ' characters')}`;
}

/** @param {Schema} schema */
export const defaultOf = ({ default: value }) =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    ? null
    : JSON.stringify(value).replaceAll('"', '');

/** The object inside lists and alternatives, if there is one. @param {Schema} schema @param {Schemas} schemas @returns {Schema | undefined} */
function objectIn(schema, schemas) {
  const own = resolved(schema, schemas);
  if (own.properties) return own;
  const inner = [own.items, ...(own.anyOf ?? own.oneOf ?? own.allOf ?? [])].filter((one) => one !== undefined);
  return inner.map((one) => objectIn(one, schemas)).find((one) => one !== undefined);
}

/**
 * The members of an object, nested ones folded; null for what has none.
 * @param {Schema} schema
 * @param {Schemas} schemas
 * @returns {HTMLUListElement | null}
 */
export function membersOf(schema, schemas, depth = 0) {
  const object = objectIn(schema, schemas);
  if (!object?.properties) return null;
  const items = Object.entries(object.properties).map(([name, member]) => {
    const nested = membersOf(member, schemas, depth + 1);
    const preset = defaultOf(member);
    return element(
      'li',
      {},
      element('code', {}, name),
      ' ',
      element('span', { class: 'kind' }, kindOf(member)),
      object.required?.includes(name) && element('span', { class: 'must' }, ' required'),
      preset !== null && element('span', { class: 'kind' }, `, default ${preset}`),
      member.description && element('div', {}, member.description),
      nested && element('details', { open: depth + 1 < OPEN_DEPTH }, element('summary', {}, 'Members'), nested),
    );
  });
  return element('ul', { class: 'members' }, items);
}
