import { z } from 'zod';
import { configSchema } from './schema.ts';

/** One key that can be set, as the schema describes it. */
export interface Setting {
  /** Dotted path, such as `retrieval.bm25.k1`. */
  readonly key: string;
  /** Environment variable that overrides it, such as `WP_CHAT_RETRIEVAL_BM25_K1`. */
  readonly variable: string;
  readonly type: 'integer' | 'number' | 'boolean' | 'string' | 'object' | 'array';
  /** The allowed values as a phrase, such as 'a whole number from 1 to 1000'. */
  readonly allowed: string;
  /** Of an object or an array an empty one. */
  readonly preset: string | number | boolean | object;
  readonly about: string;
  /** It may hold a password. */
  readonly secret: boolean;
}

interface Node {
  type?: string;
  properties?: Record<string, Node>;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  default?: string | number | boolean | object;
  description?: string;
  secret?: boolean;
}

const environmentName = (key: string): string =>
  `WP_CHAT_${key
    .replaceAll('.', '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()}`;

function allowedPhrase(node: Node): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number from ${node.minimum} to ${node.maximum}`;
    case 'number':
      return `a number from ${node.minimum} to ${node.maximum}`;
    case 'boolean':
      return 'true or false';
    case 'object':
      return 'keys of your own, each with the keys below it that the documentation has';
    case 'array':
      return 'a list, of which each has the keys that the documentation has';
    default:
      return `a text of ${node.minLength ?? 0} to ${node.maxLength} characters`;
  }
}

function* leaves(node: Node, path: string): Generator<Setting> {
  if (node.properties !== undefined) {
    for (const [name, child] of Object.entries(node.properties)) yield* leaves(child, path ? `${path}.${name}` : name);
    return;
  }
  yield {
    key: path,
    variable: environmentName(path),
    type: (node.type ?? 'string') as Setting['type'],
    allowed: allowedPhrase(node),
    preset: node.default!,
    about: node.description ?? '',
    secret: node.secret ?? false,
  };
}

/** Every setting, in the order of the schema. */
export const settings: readonly Setting[] = [...leaves(z.toJSONSchema(configSchema, { io: 'input' }) as Node, '')];

export const settingByKey: ReadonlyMap<string, Setting> = new Map(settings.map((setting) => [setting.key, setting]));
