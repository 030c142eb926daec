/**
 * What has a sync seen of a site? One small file a site: where the source stands, and of each post what tells a changed one from an
 * unchanged one. It is replaced whole, so a crash leaves the last one or this one; what is lost in between is told by the source again,
 * and written under the same keys, so that nothing is done twice.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { z } from 'zod';
import { EngineError } from '../../../engine/errors.ts';
import type { KnownPost, KnownPosts, SourceState } from '../../../engine/source/index.ts';
import { type Disk, ensureFolder, machineDisk, replaceFile } from '../../../engine/store/disk/index.ts';

export interface SeenPost extends KnownPost {
  /** Of the document as it was sent. */
  readonly digest: string;
}

const FORMAT = 1;

const fileSchema = z.object({
  format: z.literal(FORMAT),
  from: z.string(),
  /** Of this memory, from its beginning on. */
  nonce: z.string(),
  saves: z.int().min(0),
  source: z
    .object({ kind: z.literal('wordpress'), from: z.string(), complete: z.boolean(), cursor: z.unknown() })
    .nullable(),
  /** id, type, modifiedMs, digest */
  posts: z.array(z.tuple([z.string(), z.string(), z.number().nullable(), z.string()])),
});

export class SyncState implements KnownPosts {
  readonly #disk: Disk;
  readonly #file: string;
  readonly #from: string;
  readonly #posts = new Map<string, SeenPost>();
  #nonce = '';
  #saves = 0;
  source: SourceState | null = null;

  /**
   * As it was saved; where it was not, one that has seen nothing, and is durable.
   *
   * @param from canonical address of the site. @throws EngineError source_invalid for a file that no sync of this site wrote
   */
  static open(file: string, from: string, disk: Disk = machineDisk): SyncState {
    if (disk.look(file) === null) return SyncState.begin(file, from, disk);
    const state = new SyncState(file, from, disk);
    state.#read();
    return state;
  }

  /** One that has seen nothing takes the place of what was there. */
  static begin(file: string, from: string, disk: Disk = machineDisk): SyncState {
    const state = new SyncState(file, from, disk);
    state.#nonce = randomBytes(8).toString('hex');
    state.save();
    return state;
  }

  private constructor(file: string, from: string, disk: Disk) {
    this.#file = file;
    this.#from = from;
    this.#disk = disk;
  }

  get size(): number {
    return this.#posts.size;
  }

  get(id: string): SeenPost | undefined {
    return this.#posts.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#posts.keys();
  }

  set(id: string, post: SeenPost): void {
    this.#posts.set(id, post);
  }

  delete(id: string): void {
    this.#posts.delete(id);
  }

  /**
   * Under which key a change of this post is written: the same until that has been saved, so that it is not done twice, and never again
   * after, so that a post may become what it was before.
   */
  keyFor(id: string, digest: string): string {
    return `sync:${this.#nonce}:${this.#saves}:${id}:${digest}`;
  }

  /** Durable when it returns. */
  save(): void {
    const posts = [...this.#posts].map(([id, { type, modifiedMs, digest }]) => [id, type, modifiedMs, digest]);
    this.#saves += 1;
    const told = {
      format: FORMAT,
      from: this.#from,
      nonce: this.#nonce,
      saves: this.#saves,
      source: this.source,
      posts,
    };
    const text = JSON.stringify(told);
    ensureFolder(this.#disk, dirname(this.#file));
    replaceFile(this.#disk, this.#file, Buffer.from(text));
  }

  #read(): void {
    const told = fileSchema.safeParse(parsed(Buffer.from(this.#disk.read(this.#file)).toString('utf8')));
    if (!told.success || told.data.from !== this.#from) {
      const what = told.success ? `it is of ${told.data.from}` : told.error.issues[0]!.message;
      throw new EngineError('source_invalid', `Cannot go on with the sync: ${what}: ${this.#file}`, {
        file: this.#file,
        expected: `what a sync of ${this.#from} wrote`,
        remedy: 'Begin anew with --anew: every post is sent again',
      });
    }
    const { source, posts, nonce, saves } = told.data;
    this.#nonce = nonce;
    this.#saves = saves;
    this.source = source === null ? null : { ...source, cursor: source.cursor };
    for (const [id, type, modifiedMs, digest] of posts) this.#posts.set(id, { type, modifiedMs, digest });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
