/** Reads an exposition strictly, character by character, by the grammar of OpenMetrics 1.0 or of text format 0.0.4. */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly timeS: number;
  } | null;
}

export interface ReadFamily {
  readonly name: string;
  type: string;
  unit: string;
  help: string;
  readonly samples: ReadSample[];
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"/y;
const NUMBER = /[+-]?(?:Inf|NaN|(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)/iy;

class Line {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): RegExpExecArray {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) throw new Error(`Expected ${pattern} at ${this.#at}: ${this.#text}`);
    this.#at = pattern.lastIndex;
    return match;
  }

  skip(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  get ended(): boolean {
    return this.#at === this.#text.length;
  }

  labels(): Record<string, string> {
    const labels: Record<string, string> = {};
    if (!this.skip('{')) return labels;
    while (!this.skip('}')) {
      const [, name, value] = this.take(LABEL);
      if (Object.hasOwn(labels, name!)) throw new Error(`Twice ${name}: ${this.#text}`);
      labels[name!] = unescaped(value!);
      if (!this.skip(',') && !this.skip('}')) throw new Error(`Neither , nor }: ${this.#text}`);
      else if (this.#text[this.#at - 1] === '}') break;
    }
    return labels;
  }

  number(): number {
    const [text] = this.take(NUMBER);
    return /inf/i.test(text) ? (text.startsWith('-') ? -1 : 1) * Number.POSITIVE_INFINITY : Number(text);
  }
}

const unescaped = (text: string): string =>
  text.replaceAll(/\\(["\\n])/g, (_, char: string) => (char === 'n' ? '\n' : char));

const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  gauge: [''],
  counter: ['_total', '_created'],
  info: ['_info'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
};

/** @throws where a line is malformed, a sample stands outside of its family, or a family or series comes twice */
export function readExposition(text: string, format: 'openmetrics' | 'text'): Map<string, ReadFamily> {
  const lines = text.split('\n');
  if (lines.pop() !== '') throw new Error('The last line has no end');
  if (format === 'openmetrics' && lines.pop() !== '# EOF') throw new Error('No # EOF');
  const families = new Map<string, ReadFamily>();
  const seen = new Set<string>();
  let family: ReadFamily | undefined;
  for (const line of lines) {
    const head = /^# (HELP|TYPE|UNIT) ([^ ]+) (.*)$/.exec(line);
    if (head !== null) {
      const [, kind, name, rest] = head as unknown as [string, string, string, string];
      if (family?.name !== name) {
        if (families.has(name)) throw new Error(`A family twice: ${name}`);
        family = { name, type: '', unit: '', help: '', samples: [] };
        families.set(name, family);
      }
      if (family.samples.length > 0) throw new Error(`A head after samples: ${line}`);
      family[kind.toLowerCase() as 'help' | 'type' | 'unit'] = rest;
      continue;
    }
    if (line.startsWith('#')) throw new Error(`A comment: ${line}`);
    const sample = readSample(line);
    const suffixes = format === 'text' && family?.type === 'counter' ? [''] : (SUFFIXES[family?.type ?? ''] ?? []);
    if (!suffixes.some((suffix) => sample.name === `${family?.name}${suffix}`)) throw new Error(`Astray: ${line}`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
    if (seen.has(key)) throw new Error(`A series twice: ${line}`);
    seen.add(key);
    family!.samples.push(sample);
  }
  return families;
}

function readSample(text: string): ReadSample {
  const line = new Line(text);
  const [name] = line.take(NAME);
  const labels = line.labels();
  line.take(/ /y);
  const value = line.number();
  if (line.ended) return { name, labels, value, exemplar: null };
  line.take(/ # /y);
  const exemplarLabels = line.labels();
  line.take(/ /y);
  const exemplarValue = line.number();
  line.take(/ /y);
  const exemplar = { labels: exemplarLabels, value: exemplarValue, timeS: line.number() };
  if (!line.ended) throw new Error(`More than a sample: ${text}`);
  return { name, labels, value, exemplar };
}
