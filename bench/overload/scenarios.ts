/** How the server is loaded: what is asked, and with which means it may help itself. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  /** Of each request, beside its query. */
  readonly parameters: string;
  readonly set: readonly string[];
}

const RERANKED = 'mode=hybrid&rerank=true';

export const SCENARIOS: readonly Scenario[] = [
  { name: 'simpler answers', about: 'reranked queries; the ladder as it ships', parameters: RERANKED, set: [] },
  {
    name: 'fewer answers',
    about:
      'hybrid queries without reranking; no ladder: only the learned limit, deadlines and the order of the queue help',
    parameters: 'mode=hybrid&rerank=false',
    set: ['server.overload.ladder=false'],
  },
  {
    name: 'nothing is done',
    about: 'the same, with all handling of overload off: what it is worth',
    parameters: 'mode=hybrid&rerank=false',
    set: ['server.overload.enabled=false'],
  },
];
