/**
 * A folder that may lose what was not synced: which names can it have after a crash?
 *
 * Names that were made, moved or removed since the folder was last synced may each be on the disk or not, in any combination. A
 * move within one folder is one change, as every file system that is used here does it; from one folder to another it is two,
 * of which either may be lost.
 */
import type { SimulatedFile } from './simulated-file.ts';
import type { Tree } from './tree.ts';

export type SimulatedNode = SimulatedFile | SimulatedFolder;
/** Null where the name goes. */
type Change = ReadonlyMap<string, SimulatedNode | null>;

function apply(entries: ReadonlyMap<string, SimulatedNode>, change: Change): Map<string, SimulatedNode> {
  const next = new Map(entries);
  for (const [name, node] of change) {
    if (node === null) next.delete(name);
    else next.set(name, node);
  }
  return next;
}

export class SimulatedFolder {
  #durable: ReadonlyMap<string, SimulatedNode>;
  #entries: ReadonlyMap<string, SimulatedNode>;
  #unsynced: Change[] = [];

  /** @param durable what is on the disk for certain */
  constructor(durable: ReadonlyMap<string, SimulatedNode> = new Map()) {
    this.#durable = durable;
    this.#entries = durable;
  }

  get entries(): ReadonlyMap<string, SimulatedNode> {
    return this.#entries;
  }

  /** What a reader sees as long as there is no crash. */
  get tree(): Tree {
    return new Map(
      [...this.#entries].map(([name, node]) => [name, node instanceof SimulatedFolder ? node.tree : node.content]),
    );
  }

  /** All of it reaches the disk, or none. */
  change(changes: Iterable<[string, SimulatedNode | null]>): void {
    const change = new Map(changes);
    this.#unsynced.push(change);
    this.#entries = apply(this.#entries, change);
  }

  sync(): void {
    this.#durable = this.#entries;
    this.#unsynced = [];
  }

  /** Every tree that a crash now may leave. Only what a chosen set of names reaches is looked into. */
  *afterCrash(): Generator<Tree> {
    const unsynced = this.#unsynced;
    for (let chosen = 0; chosen < 2 ** unsynced.length; chosen++) {
      const changes = unsynced.filter((_, at) => (chosen & (1 << at)) !== 0);
      const entries = changes.reduce<ReadonlyMap<string, SimulatedNode>>(apply, this.#durable);
      yield* filled([...entries]);
    }
  }
}

function* filled(entries: readonly [string, SimulatedNode][]): Generator<Map<string, Uint8Array | Tree>> {
  const [first, ...rest] = entries;
  if (first === undefined) {
    yield new Map();
    return;
  }
  const [name, node] = first;
  for (const content of node.afterCrash()) for (const tree of filled(rest)) yield new Map([[name, content], ...tree]);
}
