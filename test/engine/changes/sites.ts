/** Living documents over a simulated disk and a generation that is a map. */
import { type Base, Changes, type ChangesSettings, type Operation } from '../../../engine/changes/index.ts';
import type { Clock } from '../../../engine/clock.ts';
import type { Coverage, Recovery } from '../../../engine/journal/index.ts';
import type { SourcePost } from '../../../engine/source/index.ts';
import type { Disk } from '../../../engine/store/disk/index.ts';

export const SETTINGS: ChangesSettings = {
  documentsMax: 1000,
  bytesMax: 1e6,
  documentBytesMax: 10_000,
  segmentBytesMax: 2500,
  keysMax: 100,
  keyAgeMsMax: 1000,
};

export const document = (id: string, text: string): SourcePost => ({
  id,
  title: `Title of ${id}`,
  html: null,
  text,
  url: `/${id}`,
  dateMs: null,
  modifiedMs: null,
  author: null,
  categories: [],
  tags: [],
  type: 'post',
  lang: 'en',
});

type Conditions = Partial<Pick<Operation, 'ifVersion' | 'key'>>;
const unconditional = { ifVersion: null, key: null };

export const put = (id: string, text: string, conditions: Conditions = {}): Operation => ({
  kind: 'put',
  document: document(id, text),
  ...unconditional,
  ...conditions,
});
export const patch = (id: string, fields: Partial<Omit<SourcePost, 'id'>>, conditions: Conditions = {}): Operation => ({
  kind: 'patch',
  id,
  fields,
  ...unconditional,
  ...conditions,
});
export const remove = (id: string, conditions: Conditions = {}): Operation => ({
  kind: 'delete',
  id,
  ...unconditional,
  ...conditions,
});

/** What a merge has put into a generation. */
export class MapBase implements Base {
  readonly documents = new Map<string, { readonly version: number; readonly document: SourcePost }>();
  covered: Coverage | null = null;

  async version(id: string): Promise<number | null> {
    return this.documents.get(id)?.version ?? null;
  }

  async document(id: string): Promise<SourcePost> {
    return this.documents.get(id)!.document;
  }

  /** Takes all changes up to now, as a merge does. */
  async merge(changes: Changes): Promise<void> {
    const { coverage, changes: sealed } = await changes.seal();
    for (const { id, version, document: bytes } of sealed) {
      if (bytes === null) this.documents.delete(id);
      else this.documents.set(id, { version, document: read(bytes) });
    }
    this.covered = coverage;
  }
}

export const read = (bytes: Uint8Array): SourcePost => JSON.parse(Buffer.from(bytes).toString()) as SourcePost;

/** A clock that stands until it is moved. */
export function handClock(): Clock & { wall: number } {
  const clock = { wall: 1_000_000, nowUs: () => 0, wallMs: () => clock.wall };
  return clock;
}

export function openSite(
  disk: Disk,
  {
    base = new MapBase(),
    clock = handClock(),
    settings = {},
  }: { base?: MapBase; clock?: Clock; settings?: Partial<ChangesSettings> } = {},
): Promise<{ changes: Changes; recovery: Recovery }> {
  return Changes.open({
    folder: 'journal',
    settings: { ...SETTINGS, ...settings },
    covered: base.covered,
    base,
    clock,
    journal: { writer: 'inline', disk },
  });
}

/** Every document that there is now, by id: its version and text. */
export function living(changes: Changes, base: MapBase): Map<string, { version: number; text: string | null }> {
  const found = new Map(
    [...base.documents].map(
      ([
        id,
        {
          version,
          document: { text },
        },
      ]) => [id, { version, text }],
    ),
  );
  for (const { id, version, document: bytes } of changes.since(base.covered?.sequence ?? 0).changes) {
    if (bytes === null) found.delete(id);
    else found.set(id, { version, text: read(bytes).text });
  }
  return found;
}
