/** The records that an index keeps of a corpus, as a build would write them. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBuildModels } from '../../engine/build/index.ts';
import { passagesOf } from '../../engine/build/passages.ts';
import { engineSchema } from '../../engine/config.ts';
import { packageRoot } from '../../engine/package-root.ts';
import { encodePassage, encodePost, tokenBytes } from '../../engine/store/index.ts';

interface Line {
  readonly id: string;
  readonly title: string;
  readonly html?: string;
  readonly text?: string;
  readonly url?: string;
  readonly author?: string;
  readonly categories?: string[];
  readonly tags?: string[];
}

export interface Corpus {
  readonly name: string;
  /** Bytes of the source's text, titles included, without markup, in UTF-8. */
  readonly textBytes: number;
  /** Of documents.bin, in its order. */
  readonly documents: readonly Uint8Array[];
  /** Of tokens.bin, by passage. */
  readonly tokens: readonly Uint8Array[];
  readonly firstPassage: Uint32Array;
  readonly postOf: Uint32Array;
}

const FILES = {
  'sample site': 'data/sample/posts.jsonl',
  scifact: '../shared/datasets/scifact/corpus.jsonl',
} as const;

/** Those of the corpora that are here. */
export async function openCorpora(): Promise<Corpus[]> {
  const here = Object.entries(FILES).filter(([, file]) => existsSync(join(packageRoot, file)));
  return Promise.all(here.map(([name, file]) => corpusOf(name, join(packageRoot, file))));
}

async function corpusOf(name: string, path: string): Promise<Corpus> {
  const config = engineSchema.parse({ models: { directory: join(packageRoot, 'data/models') } });
  const models = await openBuildModels(config);
  const documents: Uint8Array[] = [];
  const tokens: Uint8Array[] = [];
  const firstPassage = [0];
  const postOf: number[] = [];
  let textBytes = 0;
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const { id, title, html = null, text = null, url = '', author = null, ...rest } = JSON.parse(line) as Line;
    const { categories = [], tags = [] } = rest;
    const post = { id, title, html, text, url, author, categories, tags, type: 'post', lang: 'en' };
    const { record, passages } = passagesOf({ ...post, dateMs: 0, modifiedMs: null }, models, config.content);
    documents.push(encodePost(record));
    textBytes += Buffer.byteLength(title);
    for (const passage of passages) {
      documents.push(encodePassage(passage));
      tokens.push(tokenBytes(passage.rerankTokens, 2));
      postOf.push(firstPassage.length - 1);
      textBytes += Buffer.byteLength(passage.text);
    }
    firstPassage.push(postOf.length);
  }
  const places = { firstPassage: Uint32Array.from(firstPassage), postOf: Uint32Array.from(postOf) };
  return { name, textBytes, documents, tokens, ...places };
}
