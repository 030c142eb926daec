/** Why does this passage answer? The sentence that says most of the query, escaped, with the matched words marked. */
import type { TermSpan } from './text/index.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ESCAPES[sign]!);

const ELLIPSIS = '…';
/** Matches may fill this share of the window; the rest is room for the words before the first of them. */
const MATCHES_SHARE = 0.7;
/** Terms below this share of the heaviest one say nothing about the passage: to, the, of, words of every page. */
const TELLING_SHARE = 0.2;

export interface SnippetSettings {
  /** Length before highlighting and without the ellipses, in UTF-16 units; at least 10. */
  readonly charsMax: number;
  /** Weight of each query term, above 0; see {@link tellingTerms}. */
  readonly weights: ReadonlyMap<string, number>;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Terms worth marking, by term: those that weigh at least a fifth of the heaviest of the query. */
export function tellingTerms(weights: ReadonlyMap<string, number>): Map<string, number> {
  const least = Math.max(0, ...weights.values()) * TELLING_SHARE;
  return new Map([...weights].filter(([, weight]) => weight >= least));
}

/**
 * A window of whole words over the passage that begins at a sentence where one is near. Of all stretches of 0.7 × charsMax
 * it holds the one with the largest weight of distinct query terms, the first of equals.
 */
export function snippetOf(
  text: string,
  analyzer: { spans(text: string): readonly TermSpan[] },
  { charsMax, weights }: SnippetSettings,
): string {
  const matches = analyzer
    .spans(text)
    .filter(({ term }) => weights.has(term))
    .sort((a, b) => a.start - b.start);
  const window = text.length <= charsMax ? { start: 0, end: text.length } : windowOf(text, matches, charsMax, weights);
  const { start, end } = window;
  const inside = matches.filter((match) => match.start >= start && match.end <= end);
  return (start > 0 ? ELLIPSIS : '') + mark(text, window, inside) + (end < text.length ? ELLIPSIS : '');
}

function windowOf(
  text: string,
  matches: readonly TermSpan[],
  charsMax: number,
  weights: ReadonlyMap<string, number>,
): Span {
  const reach = Math.floor(charsMax * MATCHES_SHARE);
  const core = heaviestStretch(matches, weights, reach);
  const lead = core.start - (charsMax - reach);
  const rest = text.length - charsMax;
  // Near the end the window may begin earlier than it must, and is filled.
  const start = startOf(text, Math.max(0, Math.min(lead, rest)), core.start, lead > rest ? 0 : -1);
  return { start, end: endOf(text, start, core.end, charsMax) };
}

/** The heaviest run of matches within `charsMax`; empty at 0 without matches. */
function heaviestStretch(matches: readonly TermSpan[], weights: ReadonlyMap<string, number>, charsMax: number): Span {
  let best = { start: 0, end: 0, weight: 0 };
  for (const [first, { start }] of matches.entries()) {
    const terms = new Set<string>();
    let weight = 0;
    let end = start;
    for (let at = first; at < matches.length && matches[at]!.start < start + charsMax; at++) {
      const match = matches[at]!;
      if (match.end > start + charsMax || terms.has(match.term)) continue;
      terms.add(match.term);
      weight += weights.get(match.term)!;
      end = Math.max(end, match.end);
    }
    // Sums of the same weights in another order may differ in the last bits.
    if (weight > best.weight * (1 + 1e-9)) best = { start, end, weight };
  }
  return best;
}

const SENTENCE_END = /[.!?] |[\n。！？]/g;

/** Of the sentences that begin from `earliest` to `latest` the start of the `nth`, else that of a word, else `earliest`. */
function startOf(text: string, earliest: number, latest: number, nth: 0 | -1): number {
  const before = text.slice(earliest, latest);
  const sentence = [...before.matchAll(SENTENCE_END)].at(nth);
  if (sentence !== undefined) return earliest + sentence.index + sentence[0].length;
  if (earliest === 0) return 0;
  const space = before.search(/\s/);
  if (space >= 0) return earliest + space + 1;
  const { index, segment } = characterAt(text, earliest);
  return index === earliest ? index : Math.min(latest, index + segment.length);
}

/** The end of the last whole word that fits, else of the last character; not before `least`, where the matches end. */
function endOf(text: string, start: number, least: number, charsMax: number): number {
  const latest = start + charsMax;
  if (latest >= text.length) return text.length;
  const space = start + text.slice(start, latest + 1).search(/\s\S*$/);
  if (space >= least && space > start + charsMax / 2) return space;
  const { index } = characterAt(text, latest);
  if (index >= least && index > start) return index;
  return isLowSurrogate(text.charCodeAt(latest)) ? latest - 1 : latest;
}

/** As a reader counts: a letter with its marks, a pair of surrogates and a joined emoji are one character each. */
const CHARACTERS = new Intl.Segmenter('und', { granularity: 'grapheme' });
const characterAt = (text: string, at: number): { index: number; segment: string } =>
  CHARACTERS.segment(text).containing(at)!;

const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit <= 0xdfff;

/** Escapes the window and marks the matches; touching and overlapping ones (bigrams, parts of a compound) become one mark. */
function mark(text: string, { start, end }: Span, matches: readonly Span[]): string {
  const merged: { start: number; end: number }[] = [];
  for (const match of matches) {
    const last = merged.at(-1);
    if (last !== undefined && match.start <= last.end) last.end = Math.max(last.end, match.end);
    else merged.push({ start: match.start, end: match.end });
  }
  let html = '';
  let at = start;
  for (const span of merged) {
    html += `${escapeHtml(text.slice(at, span.start))}<mark>${escapeHtml(text.slice(span.start, span.end))}</mark>`;
    at = span.end;
  }
  return html + escapeHtml(text.slice(at, end));
}
