import { clipHeading } from '../heading.ts';
import type { Block } from './block.ts';
import { type CountTokens, estimateTokens, type Unit, unitsOf } from './passage-units.ts';

/** What a post is cut into: the unit of retrieval. */
export interface Passage {
  /** Empty only for a post without text. */
  readonly text: string;
  /** Headings above it, outermost first, without the title; each cut to 512 UTF-16 units. */
  readonly headingPath: readonly string[];
  /** 0-based place in the post. */
  readonly ordinal: number;
}

export interface PassageSource {
  readonly title: string;
  readonly blocks: readonly Block[];
  /** ISO 639-1; decides where sentences end. */
  readonly lang: string;
}

export interface PassageLimits {
  /** Size a passage tends to, in model tokens. Default 200. */
  readonly passageTokensTarget?: number;
  /** Size no passage exceeds, without its context and special tokens. Default 208. */
  readonly passageTokensMax?: number;
}

/** The part of a model tokenizer that is needed here. */
export interface TokenCounter {
  count(text: string): number;
}

const TARGET_DEFAULT = 200;
/** Leaves 46 of 256 tokens for the context and two for the special tokens. */
export const PASSAGE_TOKENS_MAX = 208;
/** Tokens of title and headings before a passage. */
export const CONTEXT_TOKENS_MAX = 46;
/** A section is short when it has less than this share of the target. */
const SHORT_SHARE = 0.25;
/** Headings down to this level part passages, unless a section is short. */
const PARTING_LEVEL = 2;

interface Section {
  readonly path: readonly string[];
  /** Level of the heading that opens it, 0 before the first. */
  readonly level: number;
  readonly units: Unit[];
  tokens: number;
}

interface Group {
  readonly sections: Section[];
  tokens: number;
}

interface Limits {
  readonly target: number;
  readonly max: number;
}

function sectionsOf(source: PassageSource, count: CountTokens, max: number): Section[] {
  const open: { level: number; text: string }[] = [];
  let section: Section = { path: [], level: 0, units: [], tokens: 0 };
  const sections = [section];
  for (const block of source.blocks) {
    if (block.kind === 'heading') {
      while (open.length > 0 && open[open.length - 1]!.level >= block.level) open.pop();
      const heading = clipHeading(block.text);
      open.push({ level: block.level, text: heading });
      section = { path: open.map(({ text }) => text), level: block.level, units: [], tokens: 0 };
      sections.push(section);
      // A heading that had to be cut is a paragraph in disguise: its words are found in the text.
      if (heading.length === block.text.length) continue;
    }
    for (const unit of unitsOf(block, source.lang, count, max)) {
      section.units.push(unit);
      section.tokens += unit.tokens;
    }
  }
  return sections;
}

/** Joins neighbours: freely below the parting level, across it only where one of the two is short. */
function groupSections(sections: readonly Section[], limits: Limits): Group[] {
  const short = limits.target * SHORT_SHARE;
  const groups: Group[] = [];
  for (const section of sections) {
    const group = groups[groups.length - 1];
    const parts = section.level > 0 && section.level <= PARTING_LEVEL;
    const fits = group !== undefined && group.tokens + section.tokens <= limits.target;
    if (group !== undefined && fits && (!parts || group.tokens < short || section.tokens < short)) {
      group.sections.push(section);
      group.tokens += section.tokens;
    } else {
      groups.push({ sections: [section], tokens: section.tokens });
    }
  }
  return groups;
}

function commonPath(sections: readonly Section[]): readonly string[] {
  const [first = { path: [] }, ...others] = sections;
  let length = first.path.length;
  for (const { path } of others) {
    let same = 0;
    while (same < length && path[same] === first.path[same]) same++;
    length = same;
  }
  return first.path.slice(0, length);
}

/** Units of a group; headings that its common path does not name stand in the text, each once. */
function unitsOfGroup(group: Group, shared: number, count: CountTokens, max: number): Unit[] {
  const units: Unit[] = [];
  let previous: readonly string[] = [];
  for (const { path, units: own } of group.sections) {
    let known = shared;
    while (known < previous.length && previous[known] === path[known]) known++;
    for (const text of path.slice(known)) {
      units.push(...unitsOf({ kind: 'heading', level: 0, text }, 'und', count, max));
    }
    for (const unit of own) units.push(unit);
    previous = path;
  }
  return units;
}

/** Whether the headings stand above the first section of the next group too, which then shows them. */
function isRepeated(path: readonly string[], next: Group | undefined): boolean {
  const following = next?.sections[0]?.path ?? [];
  return path.every((heading, depth) => following[depth] === heading);
}

/** Fills passages evenly: the last is no crumb, and none exceeds the limit. */
function pack(units: readonly Unit[], limits: Limits): string[] {
  let left = units.reduce((sum, unit) => sum + unit.tokens, 0);
  const texts: string[] = [];
  let text = '';
  let size = 0;
  let aim = 0;
  for (const unit of units) {
    if (size > 0 && (size + unit.tokens > limits.max || size + unit.tokens / 2 > aim)) {
      texts.push(text);
      size = 0;
    }
    if (size === 0) {
      aim = left / Math.max(1, Math.ceil(left / limits.target));
      text = unit.text;
    } else text += unit.glue + unit.text;
    size += unit.tokens;
    left -= unit.tokens;
  }
  if (text !== '') texts.push(text);
  return texts;
}

/**
 * Cuts a post into passages of about the target size, on sentence boundaries, along its headings. A post without text
 * gives one empty passage, for its title is its content. Every sentence is counted once.
 */
export function splitPassages(
  source: PassageSource,
  tokens: TokenCounter | null,
  options: PassageLimits = {},
): Passage[] {
  const max = options.passageTokensMax ?? PASSAGE_TOKENS_MAX;
  const limits = { max, target: Math.min(options.passageTokensTarget ?? TARGET_DEFAULT, max) };
  const count: CountTokens = tokens === null ? estimateTokens : (text) => tokens.count(text);
  const passages: Passage[] = [];
  const groups = groupSections(sectionsOf(source, count, max), limits);
  for (const [place, group] of groups.entries()) {
    let headingPath = group.sections.length === 1 ? group.sections[0]!.path : commonPath(group.sections);
    let units = unitsOfGroup(group, headingPath.length, count, max);
    if (units.length === 0 && !isRepeated(headingPath, groups[place + 1])) {
      headingPath = headingPath.slice(0, -1);
      units = unitsOfGroup(group, headingPath.length, count, max);
    }
    for (const text of pack(units, limits)) passages.push({ text, headingPath, ordinal: passages.length });
  }
  return passages.length > 0 ? passages : [{ text: '', headingPath: [], ordinal: 0 }];
}

/** Longest beginning of the words that keeps the count; empty if not even the first fits. */
function cutWords(text: string, count: CountTokens, tokensMax: number): string {
  if (count(text) <= tokensMax) return text;
  const words = text.split(/(?<=\s)/);
  let low = 0;
  let high = Math.min(words.length, tokensMax);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (count(words.slice(0, middle).join('')) <= tokensMax) low = middle;
    else high = middle - 1;
  }
  return words.slice(0, low).join('').trimEnd();
}

/**
 * What is put before a passage when it is embedded, re-ranked or indexed: the title and its headings, one a line, within
 * `contextTokensMax` (by default what the largest passage leaves of 256). Outer headings go first, then the innermost is
 * cut, then the title.
 */
export function passageContext(
  heading: Pick<PassageSource, 'title'> & Pick<Passage, 'headingPath'>,
  tokens: TokenCounter | null,
  contextTokensMax: number = CONTEXT_TOKENS_MAX,
): string {
  const count: CountTokens = tokens === null ? estimateTokens : (text) => tokens.count(text);
  const title = cutWords(heading.title, count, contextTokensMax);
  const lines: string[] = [];
  let left = contextTokensMax - count(title);
  for (const line of [...heading.headingPath].reverse()) {
    const fitting = lines.length === 0 ? cutWords(line, count, left) : line;
    const size = count(fitting);
    if (fitting === '' || size > left) break;
    lines.unshift(fitting);
    left -= size;
  }
  return [title, ...lines].filter((line) => line !== '').join('\n');
}
