import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { EngineError } from '../errors.ts';
import { sniffFile } from './file/input.ts';
import { jsonlSource } from './jsonl/jsonl-source.ts';
import type { SourceOptions } from './options.ts';
import type { Source } from './types.ts';
import { wordpressSource } from './wordpress/wordpress-source.ts';
import { wxrSource } from './wxr/wxr-source.ts';

const ACCEPTED =
  "the address of a WordPress site (https://…), a WXR export (*.xml, *.xml.gz), a JSONL file (*.jsonl, *.jsonl.gz) or '-' for JSONL on standard input";

/**
 * The source that `from` names. A file is known by what is in it, and by its name when that does not say.
 *
 * @throws EngineError source_unreadable when `from` is none of the accepted forms, source_refused when its address is not
 *   allowed
 */
export function openSource(from: string, options: SourceOptions = {}): Source {
  if (from === '-') return jsonlSource('-', 'standard input', options.stdin ?? process.stdin, options);
  if (/^https?:\/\//iu.test(from)) {
    if (URL.canParse(from)) return wordpressSource(canonicalAddress(from), options);
    throw notAccepted(from);
  }
  const path = resolve(from);
  if (from === '' || /^[a-z][a-z\d+.-]*:\/\//iu.test(from)) throw notAccepted(from);
  if (!existsSync(path)) throw unopenable(from, 'no such file', 'Check the spelling; an address begins with https://');
  if (!statSync(path).isFile()) throw notAccepted(from);
  const kind = sniffFile(path) ?? kindByName(path);
  if (kind === 'wxr') return wxrSource(path, options);
  if (kind === 'jsonl') return jsonlSource(path, path, path, options);
  throw notAccepted(from);
}

function canonicalAddress(from: string): URL {
  const url = new URL(from);
  url.hash = '';
  return url;
}

function kindByName(path: string): 'wxr' | 'jsonl' | null {
  if (/\.(?:xml|wxr)(?:\.gz)?$/iu.test(path)) return 'wxr';
  return /\.(?:jsonl|ndjson)(?:\.gz)?$/iu.test(path) ? 'jsonl' : null;
}

function notAccepted(from: string): EngineError {
  return unopenable(from, 'not one of the accepted kinds', 'Give one of the accepted kinds');
}

function unopenable(from: string, reason: string, remedy: string): EngineError {
  return new EngineError('source_unreadable', `Cannot open the source: ${reason}: ${from}`, {
    field: 'from',
    value: from,
    expected: ACCEPTED,
    remedy,
  });
}
