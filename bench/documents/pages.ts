/** What does a page of hits wait for its words, and the reranker for its tokens? Compressed blocks beside plain bytes. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RecordDirectory, RecordReader, RecordWriter } from '../../engine/store/index.ts';
import { median, percentile } from '../harness/index.ts';
import type { Corpus } from './corpus.ts';

const PAGES = 2000;
const HITS = 10;
const RERANKED = 20;

export interface PageRow {
  readonly what: string;
  readonly p50Us: number;
  readonly p99Us: number;
}

export interface FileSizes {
  readonly documents: number;
  readonly documentsPlain: number;
  readonly tokens: number;
  readonly tokensPlain: number;
}

type Read = (record: number) => unknown;

/** Records end to end, as they were before: one positional read a record. */
function plainReader(path: string, records: readonly Uint8Array[]): { read: Read; close: () => void } {
  writeFileSync(path, Buffer.concat(records));
  const ends: number[] = [];
  let end = 0;
  for (const { length } of records) {
    end += length;
    ends.push(end);
  }
  const fd = openSync(path, 'r');
  return {
    read: (record) => {
      const from = record === 0 ? 0 : ends[record - 1]!;
      const bytes = Buffer.allocUnsafe(ends[record]! - from);
      readSync(fd, bytes, 0, bytes.length, from);
      return bytes;
    },
    close: () => closeSync(fd),
  };
}

function write(path: string, records: readonly Uint8Array[]): RecordDirectory {
  const writer = new RecordWriter(path);
  for (const record of records) writer.add(record);
  const directory = writer.finish();
  writer.close();
  return directory;
}

/** Numerical Recipes' generator, so that every kind of reader gets the same pages. */
function randomPages(seed: number, below: number, size: number): number[][] {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: PAGES }, () => Array.from({ length: size }, next));
}

function timed(what: string, pages: readonly (readonly number[])[], read: Read): PageRow {
  const run = (page: readonly number[]): number => {
    const start = performance.now();
    for (const record of page) read(record);
    return (performance.now() - start) * 1000;
  };
  pages.forEach(run);
  const times = pages.map(run).sort((a, b) => a - b);
  return { what, p50Us: median(times), p99Us: percentile(times, 0.99) };
}

export function measurePages(corpus: Corpus): { rows: PageRow[]; sizes: FileSizes } {
  const { documents, tokens, postOf, firstPassage } = corpus;
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-bench-'));
  const file = (name: string): string => join(folder, name);
  const pages = randomPages(1, tokens.length, HITS).map((ids) =>
    ids.flatMap((id) => [postOf[id]! + firstPassage[postOf[id]!]!, id + postOf[id]! + 1]),
  );
  const reranked = randomPages(2, tokens.length, RERANKED);
  const documentsAt = write(file('documents.bin'), documents);
  const tokensAt = write(file('tokens.bin'), tokens);
  const plain = { documents: plainReader(file('d'), documents), tokens: plainReader(file('t'), tokens) };
  const blocks = (name: string, directory: RecordDirectory, bytesMax: number): Read => {
    const reader = new RecordReader(file(name), directory, bytesMax);
    return (record) => reader.read(record);
  };
  const rows = [
    timed('page: plain bytes', pages, plain.documents.read),
    timed('page: blocks, nothing remembered', pages, blocks('documents.bin', documentsAt, 0)),
    timed('page: blocks, 4 MiB remembered', pages, blocks('documents.bin', documentsAt, 4 * 2 ** 20)),
    timed('page: blocks, all remembered', pages, blocks('documents.bin', documentsAt, 2 ** 30)),
    timed('tokens: plain bytes', reranked, plain.tokens.read),
    timed('tokens: blocks', reranked, blocks('tokens.bin', tokensAt, 0)),
  ];
  const bytes = (name: string): number => statSync(file(name)).size;
  const sizes = {
    documents: bytes('documents.bin'),
    documentsPlain: bytes('d'),
    tokens: bytes('tokens.bin'),
    tokensPlain: bytes('t'),
  };
  plain.documents.close();
  plain.tokens.close();
  rmSync(folder, { recursive: true });
  return { rows, sizes };
}
