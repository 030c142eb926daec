import { EngineError } from '../../errors.ts';
import type { KnownPosts, SourceEvent, SourcePost } from '../types.ts';

/** What one reading of a whole file has seen: the ground for deletions. */
export class FileRun {
  readonly #name: string;
  readonly #known: KnownPosts | null;
  readonly #seen = new Set<string>();
  #posts = 0;
  #unreadable = 0;

  constructor(name: string, known: KnownPosts | null) {
    this.#name = name;
    this.#known = known;
  }

  post(post: SourcePost): SourceEvent {
    this.#seen.add(post.id);
    this.#posts++;
    return { kind: 'post', post };
  }

  /** The file has this post but it cannot be read: what is known of it stays. */
  keep(id: string): void {
    this.#seen.add(id);
  }

  /** A line of the file cannot be read, and so not even told which post it is. */
  lost(): void {
    this.#unreadable++;
  }

  /**
   * What is known and not in the file. To be asked for at its end. Lost lines put the deletions off, because a post that
   * is not found may be in one of them.
   *
   * @throws EngineError source_invalid when the file held no post at all: an empty or foreign file must not empty a store
   */
  *deletions(): Iterable<SourceEvent> {
    if (this.#posts === 0) {
      throw new EngineError('source_invalid', `Cannot find a post to index: ${this.#name}`, {
        file: this.#name,
        expected: 'at least one published post',
        remedy: 'Check the file and the wanted types; what was indexed before is kept',
      });
    }
    const gone = [...(this.#known?.ids() ?? [])].filter((id) => !this.#seen.has(id));
    if (this.#unreadable > 0 && gone.length > 0) {
      const lines = this.#unreadable === 1 ? '1 line' : `${this.#unreadable} lines`;
      const reason = `Deletions are put off: ${lines} could not be read`;
      yield { kind: 'notice', place: { file: this.#name }, reason, count: this.#unreadable };
      return;
    }
    for (const id of gone) yield { kind: 'deleted', id };
  }

  progress(): SourceEvent {
    return { kind: 'progress', done: this.#posts, total: null };
  }
}
