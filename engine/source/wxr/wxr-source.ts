import { EngineError } from '../../errors.ts';
import { shortened } from '../field-values.ts';
import { FileRun } from '../file/file-run.ts';
import { readInput } from '../file/input.ts';
import { DEFAULT_TYPES, SOURCE_LIMITS, type SourceOptions } from '../options.ts';
import type { KnownPosts, Source, SourceEvent, SourceState } from '../types.ts';
import { type WxrFinding, WxrItemParser } from './item-parser.ts';
import { readWxrItem } from './wxr-post.ts';

const POSTS_PER_PROGRESS = 500;

/**
 * A WordPress export file (Tools > Export), gzip or not. Like every file it is the whole truth: what is known and not in
 * it is deleted, unless the XML breaks off. An interrupted run starts over.
 */
export function wxrSource(path: string, options: SourceOptions): Source {
  let state: SourceState | null = null;

  async function* events(earlier: SourceState | null, known: KnownPosts | null): AsyncGenerator<SourceEvent> {
    state = earlier;
    const run = new WxrRun(path, options, known);
    const decoder = new TextDecoder('utf-8');
    for await (const chunk of readInput(path, path, options.signal ?? null)) {
      yield* run.findings(run.parser.write(decoder.decode(chunk, { stream: true })));
      if (run.parser.malformed) break;
    }
    yield* run.findings(run.parser.write(decoder.decode()));
    yield* run.findings(run.parser.end());
    yield* run.notices();
    if (!run.parser.malformed) {
      run.assertExport();
      yield* run.file.deletions();
      state = { kind: 'wxr', from: path, complete: true, cursor: null };
    }
    yield run.file.progress();
  }

  return { kind: 'wxr', from: path, events, state: () => state };
}

class WxrRun {
  readonly file: FileRun;
  readonly parser: WxrItemParser;
  readonly #path: string;
  readonly #types: ReadonlySet<string>;
  readonly #ignored = new Map<string, number>();
  #posts = 0;

  constructor(path: string, options: SourceOptions, known: KnownPosts | null) {
    this.#path = path;
    this.file = new FileRun(path, known);
    this.parser = new WxrItemParser(options.limits?.itemCharsMax ?? SOURCE_LIMITS.itemCharsMax);
    this.#types = new Set(options.types ?? DEFAULT_TYPES);
  }

  *findings(findings: readonly WxrFinding[]): Iterable<SourceEvent> {
    for (const finding of findings) yield* this.#finding(finding);
  }

  *#finding(finding: WxrFinding): Iterable<SourceEvent> {
    if (finding.kind === 'item') {
      const reading = readWxrItem(finding.item, this.parser.channel, this.#types);
      if (reading.kind === 'ignored') this.#ignored.set(reading.why, (this.#ignored.get(reading.why) ?? 0) + 1);
      else if (reading.kind === 'unusable') {
        const { field, value, expected } = reading;
        const place = { file: this.#path, line: finding.item.line, field, value: shortened(value), expected };
        yield {
          kind: 'rejected',
          place,
          reason: `Item has no usable ${field}: ${shortened(value)}`,
          action: 'skipped',
        };
      } else {
        yield this.file.post(reading.post);
        if (++this.#posts % POSTS_PER_PROGRESS === 0) yield this.file.progress();
      }
      return;
    }
    const place = { file: this.#path, line: finding.line };
    if (finding.kind === 'refused') {
      const { line, reason, expected } = finding;
      throw new EngineError('source_invalid', `Cannot read the export: line ${line}: ${reason}: ${this.#path}`, {
        ...place,
        expected,
        remedy: 'Export the site anew with Tools > Export; nothing was deleted',
      });
    }
    if (finding.kind === 'oversized') {
      const value = shortened(finding.title);
      yield {
        kind: 'rejected',
        place: { ...place, field: 'item', value, expected: 'an item within itemCharsMax' },
        reason: `Item is too large: ${value}`,
        action: 'skipped',
      };
      return;
    }
    const at = `line ${finding.line}, column ${finding.column}: ${finding.reason}`;
    if (finding.kind === 'repaired') {
      const more = finding.count > 1 ? ` and ${finding.count - 1} more up to the end of the item` : '';
      yield { kind: 'rejected', place, reason: `XML is taken as plain text at ${at}${more}`, action: 'repaired' };
    } else {
      const reason = `XML is malformed at ${at}: the ${this.#posts} posts before it are kept and nothing after it is read`;
      yield { kind: 'rejected', place: { ...place, expected: 'well-formed XML' }, reason, action: 'skipped' };
    }
  }

  *notices(): Iterable<SourceEvent> {
    const place = { file: this.#path };
    for (const [why, count] of this.#ignored)
      yield { kind: 'notice', place, reason: `Items are left out: ${why}`, count };
    const count = this.parser.forbiddenChars;
    if (count > 0) yield { kind: 'notice', place, reason: 'Control characters that XML forbids became spaces', count };
  }

  /** @throws EngineError source_invalid for XML that is something else */
  assertExport(): void {
    const { fields } = this.parser.channel;
    if (fields.has('wp:wxr_version') || this.#posts > 0) return;
    throw new EngineError('source_invalid', `Cannot find a WordPress export in this XML: ${this.#path}`, {
      file: this.#path,
      field: 'wp:wxr_version',
      expected: 'a file written by Tools > Export',
    });
  }
}
