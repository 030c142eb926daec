/** Files and folders as plain values: what a disk holds at one moment. */
export interface Tree extends ReadonlyMap<string, Uint8Array | Tree> {}

/** A tree by its files' paths, such as `index/CURRENT`; a path with a slash at its end is an empty folder. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>): Tree {
  const root = new Map<string, Uint8Array | Tree>();
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/');
    const name = parts.pop()!;
    let folder = root;
    for (const part of parts) {
      if (!folder.has(part)) folder.set(part, new Map());
      folder = folder.get(part) as typeof root;
    }
    if (name !== '') folder.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  return root;
}

/** The same text for the same files, however they came about. */
export function keyOf(tree: Tree): string {
  const parts: string[] = [];
  for (const [name, node] of [...tree].sort(([one], [other]) => (one < other ? -1 : 1))) {
    parts.push(JSON.stringify(name), node instanceof Uint8Array ? Buffer.from(node).toString('base64') : keyOf(node));
  }
  return `{${parts.join(',')}}`;
}

/** The paths of all files, for a message about a tree. */
export function pathsOf(tree: Tree, above = ''): string[] {
  return [...tree].flatMap(([name, node]) =>
    node instanceof Uint8Array ? [`${above}${name} (${node.length})`] : pathsOf(node, `${above}${name}/`),
  );
}
