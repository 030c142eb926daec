/** The reference of the HTTP interface, drawn from its own description at openapi.json. */
import { defaultOf, kindOf, membersOf } from './docs-schema.js';
import { tryOf } from './docs-try.js';
import { byId, element } from './elements.js';

/** @typedef {import('./docs-schema.js').Schema} Schema */
/** @typedef {import('./docs-schema.js').Schemas} Schemas */
/** @typedef {import('./docs-try.js').Parameter} Parameter */
/** @typedef {{ schema?: Schema, example?: unknown, examples?: Record<string, { summary?: string, value?: unknown }> }} Media */
/** @typedef {{ description?: string, content?: Record<string, Media> }} Content */
/** @typedef {{ tags?: string[], summary?: string, description?: string, deprecated?: boolean, parameters?: Parameter[], requestBody?: Content, responses?: Record<string, Content> }} Operation */
/** @typedef {{ info: { title: string, description?: string, version: string }, paths: Record<string, Record<string, Operation>>, components?: { schemas?: Schemas } }} Description */
/** @typedef {{ method: string, path: string, operation: Operation, id: string }} Entry */

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** @param {Description} description @returns {Entry[]} */
const entriesOf = ({ paths }) =>
  Object.entries(paths).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => {
      const operation = operations[method];
      const id = `${method}${path.replaceAll(/[^a-z0-9]+/gi, '-')}`;
      return operation ? [{ method, path, operation, id }] : [];
    }),
  );

/** @param {string} method */
const verb = (method) => element('span', { class: 'verb' }, method);

/** @param {readonly Entry[]} entries */
function contentsOf(entries) {
  const tags = [...new Set(entries.map(({ operation }) => operation.tags?.[0] ?? 'other'))];
  return tags.flatMap((tag) => {
    const own = entries.filter(({ operation }) => (operation.tags?.[0] ?? 'other') === tag);
    const links = own.map(({ method, path, id }) =>
      element('li', {}, element('a', { href: `#${id}` }, verb(method), ' ', path)),
    );
    return [element('h2', {}, `${tag.charAt(0).toUpperCase()}${tag.slice(1)}`), element('ul', {}, links)];
  });
}

/** @param {readonly Parameter[]} parameters */
function parametersOf(parameters) {
  const rows = parameters.map(({ name, description, required, schema = {}, in: place }) =>
    element(
      'tr',
      {},
      element(
        'th',
        { scope: 'row' },
        element('code', {}, name),
        required && element('span', { class: 'must' }, ' required'),
        place !== 'query' && element('span', { class: 'kind' }, ` ${place}`),
      ),
      element('td', { class: 'kind' }, kindOf(schema)),
      element('td', {}, defaultOf(schema) ?? '–'),
      element('td', {}, description),
    ),
  );
  const heads = ['Name', 'Value', 'Default', 'Meaning'].map((head) => element('th', { scope: 'col' }, head));
  const table = element('table', {}, element('thead', {}, element('tr', {}, heads)), element('tbody', {}, rows));
  return [element('h3', {}, 'Parameters'), element('div', { class: 'wide' }, table)];
}

/** @param {unknown} value */
const code = (value) =>
  element(
    'pre',
    { tabindex: 0, 'aria-label': 'Example' },
    typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  );

/** Types that share a schema are told once. @param {Content} content @param {Schemas} schemas */
function mediaOf({ content = {} }, schemas) {
  const [first] = Object.values(content);
  if (!first) return [];
  const examples = [first.example, ...Object.values(first.examples ?? {}).map(({ value }) => value)];
  return [
    element('p', { class: 'kind' }, Object.keys(content).join(', '), first.schema && `: ${kindOf(first.schema)}`),
    ...examples.filter((example) => example !== undefined).map(code),
    first.schema && membersOf(first.schema, schemas),
  ];
}

/** @param {Record<string, Content>} responses @param {Schemas} schemas */
function responsesOf(responses, schemas) {
  const items = Object.entries(responses).map(([status, response]) => {
    const media = mediaOf(response, schemas);
    const words = [element('code', {}, status), ' ', response.description];
    return media.length > 0 ? element('details', {}, element('summary', {}, words), media) : element('p', {}, words);
  });
  return [element('h3', {}, 'Answers'), ...items];
}

/** @param {Entry} entry @param {Schemas} schemas */
function sectionOf({ method, path, operation, id }, schemas) {
  const { summary, description, parameters = [], requestBody, responses = {} } = operation;
  const isTried = method === 'get' && parameters.some(({ name }) => name === 'q');
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title`, class: 'path' }, verb(method), ' ', path),
    element('p', {}, summary),
    description && element('p', {}, description),
    isTried && tryOf(path, parameters, schemas),
    parameters.length > 0 && parametersOf(parameters),
    requestBody && [element('h3', {}, 'Body'), ...mediaOf(requestBody, schemas)],
    responsesOf(responses, schemas),
  );
}

/** @param {Description} description */
function show(description) {
  const { info, components } = description;
  const entries = entriesOf(description);
  byId('title').textContent = `${info.title} API`;
  document.title = `${info.title} API`;
  byId('about').textContent = info.description ?? '';
  byId('contents').replaceChildren(...contentsOf(entries));
  byId('operations').replaceChildren(...entries.map((entry) => sectionOf(entry, components?.schemas ?? {})));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

try {
  const response = await fetch('openapi.json');
  if (!response.ok) throw new Error(`${response.status}`);
  show(await response.json());
} catch (error) {
  const words = `The description could not be read (${error instanceof Error ? error.message : error}). Reload to try again`;
  byId('operations').replaceChildren(element('p', { class: 'notice', role: 'alert' }, words));
}
