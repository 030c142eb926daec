/** Served over raw: which share of what a library can do alone reaches the client. */
import { type Ratio, type Rounds, ratio } from '../harness/index.ts';

export type Caches = 'cold' | 'warm';
export const cold: Caches = 'cold';
export const warm: Caches = 'warm';

export const PER_SECOND = 'requests/s';
export const PAIRS = 'pairs/s';
export const EMBED = 'embeddings/s';
export const SEARCH = 'searches/s';

export const connectionsOf = (count: number): string => `${count} ${count === 1 ? 'connection' : 'connections'}`;

export function servingRatios(results: Rounds, connections: readonly number[]): Ratio[] {
  const limit = (subject: string, metric: string) => results.of({ subject, condition: 'one thread' }, metric);
  const embeddings = limit('onnxruntime-node', EMBED);
  const pairs = limit('onnxruntime-node', PAIRS);
  const searches = limit('usearch', SEARCH);
  return connections.flatMap((count) => {
    const condition = connectionsOf(count);
    const served = (subject: string, metric = PER_SECOND) => results.of({ subject, condition }, metric);
    const rerankedPairs = served('reranked cold', PAIRS);
    const modelWork = served('reranked cold').map(
      (perSecond, round) => perSecond / embeddings[round]! + rerankedPairs[round]! / pairs[round]!,
    );
    return [
      ratio(`bm25 warm served / uWebSockets.js echo, ${condition}`, served('bm25 warm'), served('uWebSockets.js echo')),
      ratio(`dense warm served / usearch searches, ${condition}`, served('dense warm'), searches),
      ratio(`dense cold served / onnxruntime-node query embeddings, ${condition}`, served('dense cold'), embeddings),
      ratio(`hybrid cold served / onnxruntime-node query embeddings, ${condition}`, served('hybrid cold'), embeddings),
      ratio(`reranked cold served pairs / onnxruntime-node pairs, ${condition}`, rerankedPairs, pairs),
      ratio(
        `reranked cold served embeddings and pairs / onnxruntime-node time for both, ${condition}`,
        modelWork,
        modelWork.map(() => 1),
      ),
    ];
  });
}
