/** What an action must be told: fields from the schema of its parameters, and what stands in them as JSON. */
import { element } from '../elements.js';
import { words } from './figures.js';

/** @typedef {{ type?: string, description?: string, enum?: readonly unknown[], default?: unknown, minimum?: number, maximum?: number, items?: Schema }} Schema */
/** @typedef {{ properties?: Record<string, Schema>, required?: readonly string[] }} Parameters */

/** Nothing where it takes nothing. @param {string} actionId @param {object} parameters as JSON Schema */
export function inputsOf(actionId, parameters) {
  const { properties = {}, required = [] } = /** @type {Parameters} */ (parameters);
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf(actionId, name, schema, required.includes(name)),
  );
  return fields.length > 0 && element('div', { class: 'inputs' }, fields);
}

/** @param {string} actionId @param {string} name @param {Schema} schema @param {boolean} isRequired */
function fieldOf(actionId, name, { type, description, enum: values, default: preset, minimum, maximum }, isRequired) {
  const choices = values ?? (type === 'boolean' ? [true, false] : null);
  const attributes = { 'data-field': name, 'data-of': actionId, title: description };
  const shown = Array.isArray(preset) ? preset.join(', ') : preset;
  const isNumber = type === 'integer' || type === 'number';
  const field = choices
    ? element(
        'select',
        attributes,
        element('option', { value: '' }, 'as usual'),
        choices.map((value) => element('option', {}, `${value}`)),
      )
    : element('input', {
        ...attributes,
        type: isNumber ? 'number' : 'text',
        step: type === 'number' && 'any',
        min: minimum,
        max: maximum,
        placeholder: shown === undefined ? undefined : `${shown}`,
        required: isRequired && preset === undefined,
        autocomplete: 'off',
        spellcheck: 'false',
      });
  return element('label', {}, `${words(name)} `, field);
}

/**
 * What somebody wrote there; what was left empty is left out, so that its preset holds.
 * @param {Element} place @param {string} actionId @param {object} parameters as JSON Schema
 * @returns {Record<string, unknown>}
 */
export function writtenIn(place, actionId, parameters) {
  const { properties = {} } = /** @type {Parameters} */ (parameters);
  const fields = /** @type {NodeListOf<HTMLInputElement | HTMLSelectElement>} */ (
    place.querySelectorAll(`[data-field][data-of="${CSS.escape(actionId)}"]`)
  );
  const given = [...fields].filter(({ value }) => value.trim() !== '');
  return Object.fromEntries(
    given.map(({ dataset, value }) => {
      const name = /** @type {string} */ (dataset['field']);
      return [name, givenAs(value.trim(), properties[name] ?? {})];
    }),
  );
}

/** What is not what it should be is sent as it is: the server says what it expected. @param {string} text @param {Schema} schema @returns {unknown} */
function givenAs(text, { type, items }) {
  if (type === 'boolean') return text === 'true';
  if (type === 'array') return text.split(',').map((part) => givenAs(part.trim(), items ?? {}));
  return (type === 'integer' || type === 'number') && Number.isFinite(Number(text)) ? Number(text) : text;
}
