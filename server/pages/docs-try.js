/** A form for an operation without a body: fill in, send, read the answer. */

import { resolved } from './docs-schema.js';
import { element } from './elements.js';

/** @typedef {import('./docs-schema.js').Schema} Schema */
/** @typedef {import('./docs-schema.js').Schemas} Schemas */
/** @typedef {{ name: string, in: string, description?: string, required?: boolean, schema?: Schema, example?: unknown }} Parameter */

/** What is there to begin with, so that one press shows an answer. */
const FIRST = /** @type {Record<string, string>} */ ({ q: 'redis object cache', topk: '3' });

/** @param {Parameter} parameter @param {Schemas} schemas */
function fieldOf({ name, description, schema: given = {} }, schemas) {
  const schema = resolved(given, schemas);
  const values = schema.enum ?? (schema.type === 'boolean' ? [true, false] : null);
  const attributes = { name, title: description, autocomplete: 'off', spellcheck: 'false' };
  const field = values
    ? element(
        'select',
        attributes,
        element('option', { value: '' }, 'default'),
        values.map((value) => element('option', {}, `${value}`)),
      )
    : element('input', { ...attributes, value: FIRST[name] });
  return element('label', {}, name, field);
}

/**
 * @param {string} path
 * @param {readonly Parameter[]} parameters
 * @param {Schemas} schemas
 */
export function tryOf(path, parameters, schemas) {
  const inQuery = parameters.filter((parameter) => parameter.in === 'query' && parameter.name !== 'query');
  const form = element(
    'form',
    { class: 'try' },
    inQuery.map((parameter) => fieldOf(parameter, schemas)),
    element('button', {}, 'Send'),
  );
  const address = element('pre', { tabindex: 0, 'aria-label': 'Request' });
  const status = element('p', { role: 'status', class: 'kind' });
  const body = element('pre', { tabindex: 0, 'aria-label': 'Answer', hidden: true });

  const target = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value !== '') query.append(name, `${value}`);
    return new URL(`.${path}?${query}`, location.href);
  };
  const showAddress = () => {
    address.textContent = `curl '${target().href.replaceAll("'", '%27')}'`;
  };
  const send = async () => {
    status.textContent = 'Asking…';
    try {
      const response = await fetch(target());
      body.textContent = JSON.stringify(await response.json(), null, 2);
      body.hidden = false;
      status.textContent = `${response.status} ${response.statusText}`;
    } catch {
      body.hidden = true;
      status.textContent = 'The server does not answer';
    }
  };
  form.addEventListener('input', showAddress);
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void send();
  });
  showAddress();
  return [element('h3', {}, 'Try it'), form, address, status, body];
}
