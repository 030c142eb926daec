/** What does the generation that serves have of a document? */
import type { SourcePost } from '../source/index.ts';
import { type Present, readsDocument } from './decide.ts';
import { idOf, type Operation } from './operation.ts';

/** The documents of the generation that serves: asked only for those that did not change since. */
export interface Base {
  /** Null where there is none of this id. */
  version(id: string): Promise<number | null>;
  /** Asked where there is a version. */
  document(id: string): Promise<SourcePost>;
}

export interface Known {
  readonly version: number | null;
  /** Null where nobody needs it. */
  readonly document: SourcePost | null;
}

/** Each document once, all at the same time; those that `changed` are not asked for. */
export async function lookUp(
  base: Base,
  operations: readonly Operation[],
  changed: (id: string) => boolean,
): Promise<ReadonlyMap<string, Known>> {
  const read = new Set(operations.filter(readsDocument).map(idOf));
  const ids = new Set(operations.map(idOf).filter((id) => !changed(id)));
  const known = new Map<string, Known>();
  const look = async (id: string): Promise<void> => {
    const version = await base.version(id);
    const document = version !== null && read.has(id) ? await base.document(id) : null;
    known.set(id, { version, document });
  };
  await Promise.all([...ids].map(look));
  return known;
}

export const presentOf = ({ version, document }: Known): Present | null =>
  version === null ? null : { version, document: () => document! };
