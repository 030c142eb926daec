/**
 * Can a text that somebody chose keep a regular expression busy? Every one in the product is held before recheck, which proves it linear or
 * builds the text that it is slow for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';
import { expect, it } from 'vitest';
import { packageRoot } from '../../engine/package-root.ts';

/** As far as it is used here. */
interface Recheck {
  check(source: string, flags: string, parameters: { readonly timeout: number }): Promise<Judgement>;
}
interface Judgement {
  readonly status: 'safe' | 'vulnerable' | 'unknown';
  readonly attack?: { readonly string: string };
}

/** Of a syntax tree, as far as it is used here. */
interface Node {
  readonly type?: string;
  readonly start?: number;
  readonly regex?: { readonly pattern: string; readonly flags: string };
  readonly callee?: { readonly name?: string };
}

const PATIENCE_MS = 20_000;
/** Super-linear, or not to be decided in time, and why that does no harm. */
const HARMLESS: ReadonlyMap<string, string> = new Map([
  [String.raw`/\B(?=(\d{3})+$)/g`, 'of a number, which has at most 22 digits'],
]);
/** Made when the program starts or from an operator's word, never from a caller's. */
const COMPOSED: readonly string[] = ['engine/text/model-tokenizer.ts', 'server/auth/key.ts'];

const isSource = (path: string): boolean => /\.(?:ts|js)$/.test(path) && !path.includes('assembly');
const sources = ['engine', 'server', 'ops'].flatMap((folder) =>
  readdirSync(join(packageRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter(isSource)
    .map((path) => join(folder, path)),
);

/** Each pattern that is written out, with the first place where it stands; and the files that compose one. */
function patternsOf(paths: readonly string[]): {
  readonly written: Map<string, string>;
  readonly composing: Set<string>;
} {
  const written = new Map<string, string>();
  const composing = new Set<string>();
  for (const path of paths) {
    const text = readFileSync(join(packageRoot, path), 'utf8');
    const visit = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const { type, regex, start, callee } = node as Node;
      if (type === 'Literal' && regex !== undefined) {
        const source = `/${regex.pattern}/${regex.flags}`;
        if (!written.has(source)) written.set(source, `${path}:${text.slice(0, start).split('\n').length}`);
      }
      if (callee?.name === 'RegExp') composing.add(path);
      for (const child of Object.values(node)) visit(child);
    };
    visit(parseAst(text, { lang: path.endsWith('.ts') ? 'ts' : 'js' }));
  }
  return { written, composing };
}

const { written, composing } = patternsOf(sources);
/** Without a repetition that has no end there is nothing to be slow at. */
const repeating = [...written].filter(([text]) => /[*+]|,\}/.test(text));

/** Its compiled program where there is one for this machine, else the same in JavaScript, which takes five times as long. */
async function openRecheck(): Promise<Recheck | null> {
  const require = createRequire(import.meta.url);
  try {
    const recheck = require('recheck') as Recheck;
    process.env['RECHECK_BACKEND'] = 'native';
    await recheck.check('a', '', { timeout: PATIENCE_MS }).catch(() => {
      process.env['RECHECK_BACKEND'] = 'pure';
    });
    return recheck;
  } catch {
    process.stderr.write('Regular expressions are not checked: the package recheck is not installed\n');
    return null;
  }
}
const recheck = await openRecheck();

it('finds them all, and knows who composes one', () => {
  expect(repeating.length).toBeGreaterThan(50);
  expect([...composing].sort()).toEqual(COMPOSED);
  for (const text of HARMLESS.keys()) expect(written.has(text), text).toBe(true);
});

it.skipIf(recheck === null).each(repeating)('%s at %s', async (text) => {
  if (HARMLESS.has(text)) return;
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(text)!;
  const { status, attack } = await recheck!.check(source!, flags!, { timeout: PATIENCE_MS });
  expect(status, attack?.string.slice(0, 200)).toBe('safe');
});
