/** A disk in memory that keeps no more than POSIX promises: the port of engine/store/disk over simulated files and folders. */
import { posix } from 'node:path';
import type { Disk, Found, Input, Output } from '../../../engine/store/disk/index.ts';
import { SimulatedFile } from './simulated-file.ts';
import { SimulatedFolder, type SimulatedNode } from './simulated-folder.ts';
import type { Tree } from './tree.ts';

function nodeOf(content: Uint8Array | Tree): SimulatedNode {
  if (content instanceof Uint8Array) return new SimulatedFile(content);
  return new SimulatedFolder(new Map([...content].map(([name, inner]) => [name, nodeOf(inner)])));
}

function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: simulated, '${path}'`), { code, path });
}

/** Paths are relative to its root: `index/CURRENT`. */
export class SimulatedDisk implements Disk {
  readonly #root: SimulatedFolder;
  /** Called when something has changed: a crash may come now. */
  readonly #changed: () => void;

  /** @param tree what is on the disk for certain */
  constructor(tree: Tree = new Map(), changed: () => void = () => {}) {
    this.#root = nodeOf(tree) as SimulatedFolder;
    this.#changed = changed;
  }

  /** What a reader sees as long as there is no crash. */
  get tree(): Tree {
    return this.#root.tree;
  }

  /** Every tree that a crash now may leave; some come more than once. */
  afterCrash(): Generator<Tree> {
    return this.#root.afterCrash();
  }

  makeFolder(path: string): void {
    const { folder, name } = this.#placeOf(path);
    if (folder.entries.has(name)) throw failure('EEXIST', path);
    folder.change([[name, new SimulatedFolder()]]);
    this.#changed();
  }

  open(path: string, how: 'create' | 'new' | 'append'): Output {
    const { folder, name } = this.#placeOf(path);
    let file = folder.entries.get(name);
    if (file instanceof SimulatedFolder) throw failure('EISDIR', path);
    if (file !== undefined && how === 'new') throw failure('EEXIST', path);
    if (file === undefined) {
      file = new SimulatedFile();
      folder.change([[name, file]]);
    } else if (how === 'create') file.truncate(0);
    this.#changed();
    const opened = file;
    return {
      write: (bytes) => {
        opened.append(bytes);
        this.#changed();
      },
      sync: () => {
        opened.sync();
        this.#changed();
      },
      close: () => {},
    };
  }

  syncFile(path: string): void {
    this.#fileOf(path).sync();
    this.#changed();
  }

  syncFolder(path: string): void {
    this.#folderOf(path).sync();
    this.#changed();
  }

  rename(from: string, to: string): void {
    const old = this.#placeOf(from);
    const next = this.#placeOf(to);
    const node = old.folder.entries.get(old.name);
    if (node === undefined) throw failure('ENOENT', from);
    const taken = next.folder.entries.get(next.name);
    if (taken instanceof SimulatedFolder && taken.entries.size > 0) throw failure('ENOTEMPTY', to);
    if (old.folder === next.folder) {
      old.folder.change([
        [old.name, null],
        [next.name, node],
      ]);
    } else {
      next.folder.change([[next.name, node]]);
      old.folder.change([[old.name, null]]);
    }
    this.#changed();
  }

  link(from: string, to: string): void {
    const { folder, name } = this.#placeOf(to);
    if (folder.entries.has(name)) throw failure('EEXIST', to);
    folder.change([[name, this.#fileOf(from)]]);
    this.#changed();
  }

  unlink(path: string): void {
    this.#fileOf(path);
    const { folder, name } = this.#placeOf(path);
    folder.change([[name, null]]);
    this.#changed();
  }

  removeFolder(path: string): void {
    if (this.#folderOf(path).entries.size > 0) throw failure('ENOTEMPTY', path);
    const { folder, name } = this.#placeOf(path);
    folder.change([[name, null]]);
    this.#changed();
  }

  read(path: string): Uint8Array {
    return this.#fileOf(path).content.slice();
  }

  list(path: string): string[] {
    return [...this.#folderOf(path).entries.keys()].sort();
  }

  look(path: string): Found | null {
    const node = this.#nodeAt(path);
    if (node === undefined) return null;
    const bytes = node instanceof SimulatedFile ? node.content.length : 0;
    return { kind: node instanceof SimulatedFile ? 'file' : 'folder', bytes, modifiedMs: 0 };
  }

  realPath(path: string): string {
    return path;
  }

  async openInput(path: string): Promise<Input> {
    const { content } = this.#fileOf(path);
    return {
      bytes: content.length,
      read: async (into, at) => {
        const part = content.subarray(at, at + into.length);
        into.set(part);
        return part.length;
      },
      close: async () => {},
    };
  }

  #nodeAt(path: string): SimulatedNode | undefined {
    let node: SimulatedNode | undefined = this.#root;
    for (const name of posix.normalize(path).split('/')) {
      if (name === '.' || name === '') continue;
      node = node instanceof SimulatedFolder ? node.entries.get(name) : undefined;
    }
    return node;
  }

  #fileOf(path: string): SimulatedFile {
    const node = this.#nodeAt(path);
    if (node instanceof SimulatedFile) return node;
    throw failure(node === undefined ? 'ENOENT' : 'EISDIR', path);
  }

  #folderOf(path: string): SimulatedFolder {
    const node = this.#nodeAt(path);
    if (node instanceof SimulatedFolder) return node;
    throw failure(node === undefined ? 'ENOENT' : 'ENOTDIR', path);
  }

  #placeOf(path: string): { folder: SimulatedFolder; name: string } {
    return { folder: this.#folderOf(posix.dirname(path)), name: posix.basename(path) };
  }
}
