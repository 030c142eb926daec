import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { EngineError, type ErrorPlace } from '../../errors.ts';
import { shortened } from '../field-values.ts';
import { FileRun } from '../file/file-run.ts';
import { readInput } from '../file/input.ts';
import { SOURCE_LIMITS, type SourceOptions } from '../options.ts';
import type { KnownPosts, Source, SourceEvent, SourceState } from '../types.ts';
import { type Line, splitLines } from './lines.ts';
import { type FieldFault, readRecord } from './record.ts';

const LINES_PER_PROGRESS = 1000;

/**
 * One JSON object a line, from a file or a stream, gzip or not. The input is the whole truth: what is known and not in it
 * is deleted, unless a line of it could not be read. An interrupted run starts over, which costs no more than parsing.
 *
 * @param from canonical form of the source; @param name how messages call it
 */
export function jsonlSource(from: string, name: string, input: string | Readable, options: SourceOptions): Source {
  let state: SourceState | null = null;
  const { signal = null, limits } = options;

  async function* events(earlier: SourceState | null, known: KnownPosts | null): AsyncGenerator<SourceEvent> {
    state = earlier;
    const run = new JsonlRun(name, known);
    let begun = false;
    const lines = splitLines(readInput(input, name, signal), limits?.lineBytesMax ?? SOURCE_LIMITS.lineBytesMax);
    for await (const line of lines) {
      if (from === '-' && !begun) begun = refuseXml(line, name);
      yield* run.line(line);
      if (line.number % LINES_PER_PROGRESS === 0) yield run.file.progress();
    }
    yield* run.notices();
    yield* run.file.deletions();
    state = { kind: 'jsonl', from, complete: true, cursor: null };
    yield run.file.progress();
  }

  return { kind: 'jsonl', from, events, state: () => state };
}

class JsonlRun {
  readonly file: FileRun;
  readonly #name: string;
  readonly #lineOf = new Map<string, number>();
  readonly #unknownFields = new Map<string, { count: number; line: number }>();

  #withheld = 0;

  constructor(name: string, known: KnownPosts | null) {
    this.#name = name;
    this.file = new FileRun(name, known);
  }

  *line(line: Line): Iterable<SourceEvent> {
    if (line.bytes === null) {
      this.file.lost();
      const fault = { field: '', value: line.byteLength, expected: 'a line within lineBytesMax' };
      yield this.#rejected(line.number, fault, 'Line is too long', 'skipped');
      return;
    }
    const text = textOf(line.bytes, line.number);
    if (text.trim() === '') return;
    if (!isUtf8(line.bytes)) {
      const fault = { field: '', value: text, expected: 'UTF-8' };
      yield this.#rejected(line.number, fault, 'Line is not UTF-8: unreadable bytes became U+FFFD', 'repaired');
    }
    const parsed = parseLine(text);
    if (!parsed.ok) {
      this.file.lost();
      const fault = { field: '', value: text, expected: 'one JSON object' };
      yield this.#rejected(line.number, fault, `Line is not JSON: ${parsed.reason}`, 'skipped');
      return;
    }
    yield* this.#record(line.number, parsed.value);
  }

  *#record(number: number, value: unknown): Iterable<SourceEvent> {
    const reading = readRecord(value);
    if (reading.kind === 'withheld') {
      this.#withheld++;
      return;
    }
    if (reading.kind === 'unusable') {
      if (reading.id === null) this.file.lost();
      else this.file.keep(reading.id);
      yield this.#rejected(number, reading.fault, 'Record cannot be used', 'skipped');
      return;
    }
    for (const fault of reading.faults) yield this.#rejected(number, fault, 'Field is left out', 'repaired');
    for (const field of reading.unknownFields) {
      const seen = this.#unknownFields.get(field);
      if (seen !== undefined) seen.count++;
      else if (this.#unknownFields.size < UNKNOWN_FIELDS_MAX)
        this.#unknownFields.set(field, { count: 1, line: number });
    }
    const { id } = reading.post;
    const earlier = this.#lineOf.get(id);
    this.#lineOf.set(id, number);
    if (earlier !== undefined) {
      const fault = { field: 'id', value: id, expected: 'an id that no other line has' };
      yield this.#rejected(number, fault, `Duplicate id replaces line ${earlier}`, 'repaired');
    }
    yield this.file.post(reading.post);
  }

  *notices(): Iterable<SourceEvent> {
    if (this.#withheld > 0) {
      const reason = 'Records are left out: not published, or protected by a password';
      yield { kind: 'notice', place: { file: this.#name }, reason, count: this.#withheld };
    }
    for (const [field, { count, line }] of this.#unknownFields) {
      const place = { file: this.#name, line, field };
      yield { kind: 'notice', place, reason: `Unknown field is ignored: ${shortened(field)}`, count };
    }
  }

  #rejected(line: number, fault: FieldFault, reason: string, action: 'skipped' | 'repaired'): SourceEvent {
    const value = shortened(fault.value);
    const place: ErrorPlace = {
      file: this.#name,
      line,
      ...(fault.field !== '' && { field: fault.field }),
      value,
      expected: fault.expected,
    };
    return { kind: 'rejected', place, reason: `${reason}: ${value}`, action };
  }
}

const UNKNOWN_FIELDS_MAX = 100;

function textOf(bytes: Buffer, lineNumber: number): string {
  const text = bytes.toString('utf8');
  return lineNumber === 1 ? text.replace(/^\uFEFF/u, '') : text;
}

/**
 * Whether the input has begun with this line: empty ones say nothing.
 *
 * @throws EngineError source_invalid when it begins like XML
 */
function refuseXml(line: Line, name: string): boolean {
  const start = line.bytes === null ? '?' : textOf(line.bytes, line.number).trimStart();
  if (!start.startsWith('<')) return start !== '';
  const value = shortened(start);
  throw new EngineError('source_invalid', `Cannot read JSONL: ${name} begins like XML: ${value}`, {
    file: name,
    line: line.number,
    value,
    expected: 'one JSON object a line',
    remedy: 'Give a WXR export as a file: --from export.xml',
  });
}

function parseLine(text: string): { ok: true; value: unknown } | { ok: false; reason: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
