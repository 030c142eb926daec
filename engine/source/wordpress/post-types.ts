import * as z from 'zod';
import { EngineError } from '../../errors.ts';
import { type RestApi, restError } from './rest-api.ts';

export interface PostType {
  readonly name: string;
  /** Such as `/wp/v2/posts`. */
  readonly route: string;
}

const typesBody = z.record(
  z.string(),
  z
    .object({
      rest_base: z.string().regex(/^[\w-]+$/u),
      rest_namespace: z
        .string()
        .regex(/^[\w-]+(?:\/[\w-]+)*$/u)
        .default('wp/v2'),
    })
    .or(z.unknown().transform(() => null)),
);

const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['post', '/wp/v2/posts'],
  ['page', '/wp/v2/pages'],
]);

/** The routes of the wanted types. The site is only asked when one of them is not built in. */
export async function resolvePostTypes(api: RestApi, wanted: readonly string[]): Promise<PostType[]> {
  const names = [...new Set(wanted)];
  if (names.every((name) => BUILT_IN.has(name))) return names.map((name) => ({ name, route: BUILT_IN.get(name)! }));
  const reply = await api.get('/wp/v2/types', {});
  if (reply.kind === 'refusal') throw restError(reply);
  const types = typesBody.safeParse(reply.value).data ?? {};
  return names.map((name) => {
    const found = Object.hasOwn(types, name) ? types[name] : null;
    if (found) return { name, route: `/${found.rest_namespace}/${found.rest_base}` };
    throw new EngineError('source_unreadable', `Cannot read posts of a type that the site does not offer: ${name}`, {
      file: reply.address,
      field: 'types',
      value: name,
      expected: `one of ${Object.keys(types).sort().join(', ')}`,
      remedy: 'Check the spelling; a custom type needs show_in_rest in its registration',
    });
  });
}
