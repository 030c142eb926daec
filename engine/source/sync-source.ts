import type { PostStore } from './post-store.ts';
import type { Source, SourceEvent } from './types.ts';

/** What a run did to the store. `unchanged` were told again as they were known. */
export interface SyncReport {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly deleted: number;
  /** Inputs that were skipped. */
  readonly rejected: number;
  /** Inputs that were taken with a part left out or replaced; one post may count several times. */
  readonly repaired: number;
}

/**
 * Brings a store up to date with its source. Each `progress` of the source sets a checkpoint, and so does a failure, so
 * that the next call continues there.
 *
 * @param onEvent hears each event after the store took it
 * @throws what {@link Source.events} throws; the store holds everything up to then
 */
export async function syncSource(
  source: Source,
  store: PostStore,
  onEvent: (event: SourceEvent) => void = () => {},
): Promise<SyncReport> {
  const report = { added: 0, changed: 0, unchanged: 0, deleted: 0, rejected: 0, repaired: 0 };
  try {
    for await (const event of source.events(store.sourceState, store)) {
      if (event.kind === 'post') report[store.put(event.post)]++;
      else if (event.kind === 'deleted') report.deleted += store.delete(event.id) ? 1 : 0;
      else if (event.kind === 'rejected') report[event.action === 'skipped' ? 'rejected' : 'repaired']++;
      else if (event.kind === 'progress') store.checkpoint(source.state());
      onEvent(event);
    }
  } finally {
    store.checkpoint(source.state() ?? store.sourceState);
  }
  if (store.worthCompacting) store.compact();
  return report;
}
