/** A value of a YAML file that knows where it stands, so that a refusal can name file, line, field and value. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';
import { EngineError } from '../../../engine/errors.ts';

interface Source {
  readonly file: string;
  readonly lines: LineCounter;
  readonly document: Document.Parsed;
}

/**
 * Each document of the file that is not empty.
 *
 * @throws EngineError config_invalid where it is no YAML
 */
export function cursorsOf(text: string, file: string): Cursor[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  if (!Array.isArray(documents)) return [];
  return documents
    .filter(({ contents, errors }) => errors.length > 0 || !isEmpty(contents))
    .map((document) => {
      const [error] = document.errors;
      if (error !== undefined) {
        const { line } = lines.linePos(error.pos[0]);
        throw new EngineError('config_invalid', `${file}:${line}: not readable as YAML: ${error.message}`, {
          file,
          line,
          expected: 'YAML',
          remedy: 'Mend the line, or one just before it',
        });
      }
      return new Cursor({ file, lines, document }, document.contents, '', 1);
    });
}

const isEmpty = (node: unknown): boolean => node === null || (isScalar(node) && node.value === null);

export class Cursor {
  readonly #source: Source;
  readonly #node: unknown;
  readonly #line: number;
  readonly path: string;

  constructor(source: Source, node: unknown, path: string, lineOfParent: number) {
    this.#source = source;
    this.#node = isAlias(node) ? node.resolve(source.document) : node;
    this.path = path;
    const range = (node as { range?: readonly number[] | null } | null)?.range;
    this.#line = range == null ? lineOfParent : source.lines.linePos(range[0]!).line;
  }

  /** Of a map or a list only how large it is: aliases can make either endless. What is not there is null. */
  get value(): unknown {
    if (isScalar(this.#node)) return this.#node.value;
    if (isMap(this.#node)) return `${this.#node.items.length} keys`;
    return isSeq(this.#node) ? `a list of ${this.#node.items.length}` : null;
  }

  /** Null where the key is not there or has no value. */
  find(key: string): Cursor | null {
    if (!isMap(this.#node)) throw this.fault('keys below it', 'Indent what belongs to it');
    const pair = this.#node.items.find(({ key: name }) => isScalar(name) && name.value === key);
    if (pair === undefined) return null;
    const found = new Cursor(this.#source, pair.value, this.#pathOf(key), this.#line);
    return found.value === null ? null : found;
  }

  /** The value of a key that must be there. */
  at(key: string): Cursor {
    const found = this.find(key);
    if (found === null) throw this.#child(key, null).fault('a value', 'Add it: this field is required');
    return found;
  }

  /** Refuses keys that mean nothing here. */
  only(...known: readonly string[]): this {
    if (!isMap(this.#node)) throw this.fault('keys below it', 'Indent what belongs to it');
    for (const { key, value } of this.#node.items) {
      const name = String(isScalar(key) ? key.value : key);
      if (!known.includes(name))
        throw new Cursor(this.#source, key, this.#pathOf(name), this.#line).fault(
          `one of the fields ${known.join(', ')}`,
          'Take it out, or mend its spelling',
          isScalar(value) ? value.value : null,
        );
    }
    return this;
  }

  /** The elements of a list that holds at least one and at most so many. */
  items(most: number): Cursor[] {
    const node = this.#node;
    if (!isSeq(node) || node.items.length === 0 || node.items.length > most)
      throw this.fault(most === 1 ? 'a list of exactly one' : `a list of 1 to ${most}`, 'Write it as a list: - …');
    return node.items.map((item, at) => new Cursor(this.#source, item, `${this.path}[${at}]`, this.#line));
  }

  text(expected: string, right: (text: string) => boolean, remedy: string): string {
    const { value } = this;
    if (!isScalar(this.#node) || typeof value !== 'string' || !right(value)) throw this.fault(expected, remedy);
    return value;
  }

  number(low: number, high: number, remedy: string): number {
    const { value } = this;
    if (typeof value !== 'number' || !(value >= low && value <= high))
      throw this.fault(`a number from ${low} to ${high}`, remedy);
    return value;
  }

  /** Refuses every value but these; where there is one, it is the only thing that can be meant. */
  oneOf<Value extends string | boolean>(values: readonly Value[], remedy: string): Value {
    const found = values.find((value) => value === this.value);
    if (found === undefined) throw this.fault(values.join(' or '), remedy);
    return found;
  }

  fault(expected: string, remedy: string, value: unknown = this.value): EngineError {
    const { file } = this.#source;
    const field = this.path === '' ? 'document' : this.path;
    return new EngineError(
      'config_invalid',
      `${file}:${this.#line}: ${field}: expected ${expected}, got ${show(value)}`,
      { file, line: this.#line, field, value, expected, remedy },
    );
  }

  #child(key: string, node: unknown): Cursor {
    return new Cursor(this.#source, node, this.#pathOf(key), this.#line);
  }

  #pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }
}

const show = (value: unknown): string => (value === null ? 'nothing' : JSON.stringify(value).slice(0, 80));
