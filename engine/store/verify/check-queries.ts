/** Does the index find what is in it? Sampled passages are asked for by their own words and by their own vectors. */
import { FILES, type Generation } from '../../generation.ts';
import { lexicalText } from '../../passage-text.ts';
import { createAnalyzer } from '../../text/index.ts';
import type { DenseParts } from './open-parts.ts';
import type { Finding } from './report.ts';
import { sampled } from './sample.ts';
import type { Outcome } from './verification.ts';

/** Of the exact ten nearest, so many are found by way of the graph, on average. */
const RECALL_MIN = 0.99;
const NEAREST = 10;
/** Passages that are looked at. */
export const SAMPLES = 200;
/** Passages of the very same text may crowd each other out of the links; a graph that came apart has lost far more. */
const REACHABLE_MIN = 0.99;
/** More distinct terms than one query may have are asked in turns. */
const TERMS_A_QUERY = 64;

export interface Sampling {
  /** Which passages. */
  readonly seed: number;
  /** Called after each. */
  readonly passed: () => Promise<void>;
}

/** Whether queries are cut into the words that this index was made of. */
function sameAnalysis({ manifest }: Generation): boolean {
  const { version, unicode } = createAnalyzer(manifest.analysis.language).describe();
  return manifest.analysis.version === version && manifest.analysis.unicode === unicode;
}

/** The words of sampled passages, counted anew, against what the inverted index says of them. */
export async function checkWords(generation: Generation, { seed, passed }: Sampling): Promise<Outcome> {
  if (!sameAnalysis(generation)) return 'skipped';
  const findings: Finding[] = [];
  let compared = 0;
  const ids = sampled(generation.columns.passages, SAMPLES, seed);
  for (const id of ids) {
    const due = new Map<string, number>();
    for (const term of generation.analyzer.terms(lexicalText(generation.passageParts(id)))) {
      due.set(term, (due.get(term) ?? 0) + 1);
    }
    const terms = [...due.keys()];
    for (let from = 0; from < terms.length; from += TERMS_A_QUERY) {
      const asked = terms.slice(from, from + TERMS_A_QUERY).map((term) => ({ term, weight: 1 }));
      const found = new Map(generation.lexical.explain(asked, id).map(({ term, tf }) => [term, tf]));
      compared += asked.length;
      const wrong = asked.find(({ term }) => found.get(term) !== due.get(term));
      if (wrong === undefined) continue;
      const expected = `${due.get(wrong.term)} × ${JSON.stringify(wrong.term)} in passage ${id}`;
      findings.push({
        check: 'words',
        file: FILES.lexical,
        block: null,
        expected,
        got: String(found.get(wrong.term) ?? 0),
      });
      break;
    }
    await passed();
  }
  return { findings, measured: { passages: ids.length, terms: compared } };
}

/** One node for each vector, and a way to nearly all of them. */
export function checkGraph({ graph, vectors }: DenseParts): Outcome {
  const findings: Finding[] = [];
  const wrong = (expected: string, got: string): void => {
    findings.push({ check: 'graph', file: FILES.graph, block: null, expected, got });
  };
  const keys = Float64Array.from(graph.keys).sort();
  const at = keys.findIndex((key, place) => key !== vectors.ids[place]);
  if (at >= 0 || keys.length !== vectors.ids.length) {
    wrong(`a node for passage ${vectors.ids[at] ?? '…'}`, `${keys[at] ?? 'none'}`);
  }
  const reachable = graph.size - graph.unreachable().length;
  if (reachable < graph.size * REACHABLE_MIN)
    wrong(`${REACHABLE_MIN * 100} % of ${graph.size} nodes reachable`, `${reachable}`);
  return { findings, measured: { nodes: graph.size, reachable } };
}

/** Recall of the ten nearest by way of the graph, against a scan of all; and each passage finds itself. */
export async function checkRecall(
  { generation, vectors: stored }: DenseParts,
  { seed, passed }: Sampling,
): Promise<Outcome> {
  const vectors = generation.vectors!;
  const ids = sampled(stored.ids.length, SAMPLES, seed).map((place) => stored.ids[place]!);
  const k = Math.min(NEAREST, stored.ids.length);
  let found = 0;
  let itself = 0;
  for (const id of ids) {
    const vector = stored.vector(id);
    const exact = vectors.searchExactly(vector, k);
    const near = vectors.search(vector, k, null);
    // By score and not by id: of equal ones any is as good.
    const last = exact.scores.at(-1)!;
    found += near.scores.filter((score) => score >= last).length;
    if (near.scores[0] !== undefined && near.scores[0] >= exact.scores[0]!) itself += 1;
    await passed();
  }
  const recall = ids.length === 0 ? 1 : found / (ids.length * k);
  const findings: Finding[] =
    recall >= RECALL_MIN
      ? []
      : [
          {
            check: 'recall',
            file: FILES.graph,
            block: null,
            expected: `a recall of ${RECALL_MIN}`,
            got: recall.toFixed(4),
          },
        ];
  return { findings, measured: { queries: ids.length, recall, nearestFound: itself } };
}
