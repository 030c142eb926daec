/** Which of these was used longest ago? A list in order of use; whatever is in it may move or leave at once. */

export interface Linked {
  readonly bytes: number;
  older: Linked | null;
  newer: Linked | null;
}

export interface Bounds {
  readonly entriesMax: number;
  readonly bytesMax: number;
}

export class LruList<Node extends Linked> {
  readonly bounds: Bounds;
  #oldest: Node | null = null;
  #newest: Node | null = null;
  #entries = 0;
  #bytes = 0;

  constructor(bounds: Bounds) {
    this.bounds = bounds;
  }

  get entries(): number {
    return this.#entries;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get oldest(): Node | null {
    return this.#oldest;
  }

  /** Holds more than it may, in entries or in bytes. */
  get isOver(): boolean {
    return this.#entries > this.bounds.entriesMax || this.#bytes > this.bounds.bytesMax;
  }

  /** As the most recent one. @param node of no list */
  add(node: Node): void {
    node.older = this.#newest;
    node.newer = null;
    if (this.#newest === null) this.#oldest = node;
    else this.#newest.newer = node;
    this.#newest = node;
    this.#entries += 1;
    this.#bytes += node.bytes;
  }

  /** @param node of this list */
  remove(node: Node): void {
    if (node.older === null) this.#oldest = node.newer as Node | null;
    else node.older.newer = node.newer;
    if (node.newer === null) this.#newest = node.older as Node | null;
    else node.newer.older = node.older;
    node.older = null;
    node.newer = null;
    this.#entries -= 1;
    this.#bytes -= node.bytes;
  }

  touch(node: Node): void {
    if (node === this.#newest) return;
    this.remove(node);
    this.add(node);
  }

  clear(): void {
    this.#oldest = null;
    this.#newest = null;
    this.#entries = 0;
    this.#bytes = 0;
  }
}
