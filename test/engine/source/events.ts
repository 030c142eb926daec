import type { KnownPosts, Source, SourceEvent, SourcePost } from '../../../engine/source/index.ts';

export type EventOf<Kind extends SourceEvent['kind']> = Extract<SourceEvent, { kind: Kind }>;

/** All events of a first run, or of one on top of what is known. */
export async function collect(source: Source, known: KnownPosts | null = null): Promise<SourceEvent[]> {
  const events: SourceEvent[] = [];
  for await (const event of source.events(null, known)) events.push(event);
  return events;
}

export function ofKind<Kind extends SourceEvent['kind']>(events: readonly SourceEvent[], kind: Kind): EventOf<Kind>[] {
  return events.filter((event): event is EventOf<Kind> => event.kind === kind);
}

export function postsOf(events: readonly SourceEvent[]): SourcePost[] {
  return ofKind(events, 'post').map((event) => event.post);
}

/** Ids that are known, as a store would know them. */
export function knownIds(...ids: string[]): KnownPosts {
  const known = new Map(ids.map((id) => [id, { type: 'post', modifiedMs: null }]));
  return { size: known.size, get: (id) => known.get(id), ids: () => known.keys() };
}
