/** What /metrics says of documents that change while they are served. */
import { type Family, type Snapshot, singleFamily } from '../../ops/index.ts';
import type { LiveDocuments } from './live-documents.ts';
import type { Merging } from './merging.ts';

type Told = Pick<LiveDocuments, 'status' | 'pending' | 'counts'>;

/** @param wallMs now, for ages */
export function changeFamilies(
  live: Told,
  merging: Pick<Merging, 'counted' | 'underway' | 'last'>,
  wallMs: number,
): Family[] {
  const { documents, bytes, sequence, visibleSequence, vectorsSequence, journal } = live.status();
  const { sinceMs } = live.pending();
  const { outcomes, delays } = live.counts;
  const { done, failed, tookMs } = merging.counted;
  return [
    {
      ...{ name: 'wp_chat_changes', type: 'counter', help: 'Changes of documents that were asked for, by outcome.' },
      samples: Object.entries(outcomes).map(([outcome, value]) => ({ labels: { outcome }, value })),
    },
    {
      ...{ name: 'wp_chat_changes_invisible', type: 'gauge' },
      help: 'Durable changes that searches do not tell of yet: by their words, and by their vectors too.',
      samples: [
        { labels: { step: 'words' }, value: Math.max(0, sequence - visibleSequence) },
        { labels: { step: 'whole' }, value: Math.max(0, sequence - vectorsSequence) },
      ],
    },
    {
      ...{ name: 'wp_chat_changes_visible_seconds', type: 'histogram' },
      help: 'From a durable change to searches that tell of it: by its words, and by its vectors too.',
      samples: Object.entries(delays).map(([step, { buckets, sumNs }]) => ({
        ...{ labels: { step }, buckets, sumNs },
        exemplars: new Map(),
      })),
    },
    singleFamily(
      'gauge',
      'wp_chat_changes_unmerged_documents',
      'Changed documents that no merge has taken.',
      documents,
    ),
    singleFamily('gauge', 'wp_chat_changes_unmerged_bytes', 'Memory of the changed documents.', bytes),
    singleFamily(
      'gauge',
      'wp_chat_changes_oldest_unmerged_seconds',
      'For how long there have been changes that no merge has taken; 0 where there are none.',
      sinceMs === null ? 0 : (wallMs - sinceMs) / 1000,
    ),
    singleFamily('gauge', 'wp_chat_journal_size_bytes', 'Size of the journal on disk.', journal.bytes),
    singleFamily('gauge', 'wp_chat_journal_segments', 'Files of the journal.', journal.segments),
    {
      ...{ name: 'wp_chat_merges', type: 'counter', help: 'Merges of changes into a new generation, by outcome.' },
      samples: [
        { labels: { outcome: 'done' }, value: done },
        { labels: { outcome: 'failed' }, value: failed },
      ],
    },
    singleFamily('counter', 'wp_chat_merging_seconds', 'Time that merges took which were done.', tookMs / 1000),
    singleFamily(
      'gauge',
      'wp_chat_merge_running',
      'Whether a merge is under way, 1 or 0.',
      merging.underway === null ? 0 : 1,
    ),
    ...(merging.last === null
      ? []
      : [singleFamily('gauge', 'wp_chat_merge_memory_bytes', 'Most memory of the last merge.', merging.last.bytesMax)]),
  ];
}

/** The same in few words, for the dashboard. @param wallMs now, for ages */
export function briefOfChanges(
  live: Told,
  { underway, failed }: Pick<Merging, 'underway' | 'failed'>,
  wallMs: number,
): Snapshot['changes'] {
  const { documents, sequence, visibleSequence, vectorsSequence, journal, refusal } = live.status();
  const { sinceMs } = live.pending();
  return {
    documents,
    oldestS: sinceMs === null ? null : Math.round((wallMs - sinceMs) / 1000),
    invisible: Math.max(0, sequence - visibleSequence),
    withoutVectors: Math.max(0, visibleSequence - vectorsSequence),
    journalBytes: journal.bytes,
    merging: underway !== null,
    fault: refusal ?? failed?.detail ?? null,
  };
}
