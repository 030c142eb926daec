/** Do the files agree with the manifest and with each other about how many there are? */
import { FILES } from '../../generation.ts';
import type { Manifest } from '../manifest.ts';
import type { VerifiedParts } from './open-parts.ts';
import type { Finding } from './report.ts';

type Count = readonly [file: string, what: string, expected: number, got: number];

export function checkCounts(
  manifest: Manifest,
  { generation, graph, vectors }: VerifiedParts,
): { findings: Finding[]; measured: Record<string, number> } {
  const { counts } = manifest;
  const { columns, lexical } = generation;
  const compared: Count[] = [
    [FILES.columns, 'posts', counts.posts, columns.posts],
    [FILES.columns, 'passages', counts.passages, columns.passages],
    [FILES.columns, 'first passages', columns.passages, columns.firstPassage.at(-1) ?? 0],
    [FILES.columns, 'posts by id', columns.posts, columns.ids.post.length],
    [FILES.columns, 'records of documents', columns.posts + columns.passages, columns.documents.first.at(-1) ?? 0],
    [FILES.columns, 'records of tokens', columns.passages, columns.tokens.first.at(-1) ?? 0],
    [FILES.columns, 'versions', columns.posts, columns.versions?.length ?? columns.posts],
    [FILES.columns, 'records of originals', columns.posts, columns.originals?.first.at(-1) ?? columns.posts],
    [FILES.lexical, 'passages', counts.passages, lexical.documents],
    [FILES.lexical, 'terms', counts.terms, lexical.terms],
    [FILES.lexical, 'postings', counts.postings, lexical.postings],
    [FILES.vectors, 'vectors', counts.vectors, vectors?.ids.length ?? 0],
    [FILES.graph, 'vectors', counts.vectors, graph?.size ?? 0],
    [
      FILES.graph,
      'dimensions',
      manifest.embedder?.dimensions ?? 0,
      graph?.dimensions ?? manifest.embedder?.dimensions ?? 0,
    ],
  ];
  const findings = compared
    .filter(([, , expected, got]) => expected !== got)
    .map(
      ([file, what, expected, got]): Finding => ({
        check: 'counts',
        file,
        block: null,
        expected: `${expected} ${what}`,
        got: String(got),
      }),
    );
  return { findings, measured: { ...counts } };
}
