/** The latencies of a range, whole, in the form that was asked for. */
import type { IntervalSource } from '../metrics/interval.ts';
import { inChunks } from './chunks.ts';
import { csvBucketTexts, csvSummaryTexts } from './csv.ts';
import { hlogTexts } from './hlog.ts';
import { jsonTexts } from './json.ts';
import { percentileTexts } from './percentiles.ts';
import { type SelectedInterval, selectedIntervals } from './selected.ts';
import { type ExportFormat, resolutionText, type Selection } from './selection.ts';

export interface HistogramExport {
  readonly contentType: string;
  /** For Content-Disposition: letters, digits, dots and hyphens. */
  readonly fileName: string;
  /** Made as it is read, in chunks of some tens of kilobytes; others get their turn between two. */
  readonly body: AsyncIterable<string>;
}

interface Form {
  readonly contentType: string;
  readonly extension: string;
  readonly texts: (intervals: Iterable<SelectedInterval>, selection: Selection) => Iterable<string>;
}

const FORMS: Readonly<Record<ExportFormat, Form>> = {
  json: { contentType: 'application/json; charset=utf-8', extension: 'json', texts: jsonTexts },
  csv: {
    contentType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    texts: (intervals, { buckets }) => (buckets ? csvBucketTexts(intervals) : csvSummaryTexts(intervals)),
  },
  hlog: { contentType: 'text/plain; charset=utf-8', extension: 'hlog', texts: hlogTexts },
  percentiles: { contentType: 'text/plain; charset=utf-8', extension: 'hgrm', texts: percentileTexts },
};

export function exportHistograms(source: IntervalSource, selection: Selection): HistogramExport {
  const { contentType, extension, texts } = FORMS[selection.format];
  const { fromMs, toMs, resolutionS, buckets } = selection;
  const kind = buckets ? '-buckets' : '';
  return {
    contentType,
    fileName: `wp-chat-${stamp(fromMs)}-${stamp(toMs)}-${resolutionText(resolutionS)}${kind}.${extension}`,
    body: inChunks(texts(selectedIntervals(source, selection), selection)),
  };
}

/** `20260131T080000Z`: the basic form of ISO 8601, which file names can hold. */
const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
