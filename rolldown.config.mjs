/**
 * The program as it is started: few large files instead of hundreds of small ones, since opening, linking and compiling each of
 * those took most of the time until the server listens, in each of its threads anew.
 *
 * A file that runs in a thread or process of its own is named by `new URL('./name.js', import.meta.url)` beside the code that starts it;
 * here each becomes a file of its own, under a name by its place. Packages with native code stay packages.
 */
import { dirname, join, relative } from 'node:path';
import { defineConfig } from 'rolldown';

const root = import.meta.dirname;
const PROGRAM = /new URL\('\.\/([\w-]+)\.js', import\.meta\.url\)/g;

/** All lies in one folder, so that `./` is the same place for all. */
const programs = {
  name: 'programs',
  transform(code, id) {
    if (id.includes('node_modules') || code.search(PROGRAM) < 0) return null;
    const named = code.replace(PROGRAM, (_, name) => {
      const source = join(dirname(id), `${name}.ts`);
      const fileName = `${relative(root, join(dirname(id), name)).replaceAll(/[/\\]/g, '-')}.js`;
      this.emitFile({ type: 'chunk', id: source, fileName });
      return `new URL('./${fileName}', import.meta.url)`;
    });
    // The lines stay what they were.
    return { code: named, map: null };
  },
};

export default defineConfig({
  cwd: root,
  // The second one is for tests, which ask for many commands without a process for each.
  input: { 'wp-chat': join(root, 'server/cli/main.ts'), run: join(root, 'server/cli/run.ts') },
  platform: 'node',
  // Native code, and packages that look for files beside their own.
  external: ['onnxruntime-node', 'piscina', 'usearch'],
  plugins: [programs],
  output: { dir: join(root, 'dist/program'), format: 'esm', cleanDir: true, sourcemap: true },
});
