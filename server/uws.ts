/**
 * Which build of uWebSockets.js runs here? It has no official npm package. Of two that republish its binaries the newer was linked
 * against glibc 2.38 and, with its C23 names taken back (`older-glibc.ts`), runs from 2.36; the older runs from 2.27, but knows
 * nothing of connections, and leaves much broken HTTP without an answer. Both are optional dependencies: the newest that loads is taken.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type * as Uws from 'uwebsockets-portable';
import { EngineError } from '../engine/errors.ts';
import { forOlderGlibc } from './older-glibc.ts';

export type { HttpRequest as UwsRequest, HttpResponse as UwsResponse } from 'uwebsockets-portable';

export interface UwsBuild {
  readonly uws: typeof Uws;
  /** Package and version, as `/stats/device` and `doctor` show it. */
  readonly name: string;
  readonly version: string;
}

const require = createRequire(import.meta.url);
const BINARY = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
/**
 * The binary itself, never a package's own entry: one of them falls back to a JavaScript imitation in silence. `root` is the package's
 * folder as seen from its entry, which is all that a package need let others resolve.
 */
const CANDIDATES = [
  { name: '@btc-vision/uwebsockets.js', alias: 'uwebsockets-modern', root: '.', binary: BINARY, load: loadEdited },
  {
    name: '@trufflesuite/uws-js-unofficial',
    alias: 'uwebsockets-portable',
    root: '..',
    binary: `binaries/${BINARY}`,
    load: loadHere,
  },
];

const SIGNATURE = '<hr><i>uWebSockets/20 Server</i>';
/** Of the request line and all header fields; longer ones get 431. A query of 1000 characters may have 9000 bytes as an address. */
const HEAD_BYTES_MAX = 16_384;

/** One copy a process: two would each have a loop of their own. */
let loaded: UwsBuild | null = null;

/** @throws EngineError internal, with what each candidate said */
export function loadUws(): UwsBuild {
  if (loaded !== null) return loaded;
  // Read once, when the library is loaded.
  process.env['UWS_HTTP_MAX_HEADERS_SIZE'] ??= String(HEAD_BYTES_MAX);
  const faults: string[] = [];
  for (const { name, alias, root, binary, load } of CANDIDATES) {
    try {
      const folder = join(dirname(require.resolve(alias)), root);
      const uws = load(join(folder, binary));
      // Or every answer says in a header of its own what it was made with. The types do not know this function.
      (uws as unknown as { _cfg(key: string): void })._cfg('silent');
      const { version } = require(join(folder, 'package.json')) as { version: string };
      loaded = { uws, name, version };
      return loaded;
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new EngineError('internal', `Cannot load uWebSockets.js for ${BINARY}: ${faults.join('; ')}`, {
    remedy: 'Use Node 20 or 22 on Linux with glibc 2.27 or newer, and install with optional dependencies',
  });
}

function loadHere(file: string): typeof Uws {
  return require(file) as typeof Uws;
}

/** @throws Error of the loader, for the file as it is, where no copy of it loads either */
function loadEdited(file: string): typeof Uws {
  if (process.platform !== 'linux') return loadHere(file);
  const module = readFileSync(file);
  const copy = forOlderGlibc(module) ?? module;
  eraseSignature(copy);
  // A folder for temporary files may forbid to run what lies in it.
  for (const parent of [tmpdir(), dirname(file)]) {
    try {
      return loadCopy(copy, parent);
    } catch {}
  }
  return loadHere(file);
}

/** Its pages for broken HTTP, which no setting changes, name the library and its version; blanks of the same length do not. */
function eraseSignature(copy: Buffer): void {
  for (let at = copy.indexOf(SIGNATURE); at >= 0; at = copy.indexOf(SIGNATURE, at))
    copy.fill(' ', at, at + SIGNATURE.length);
}

/** Loads it from a folder that nobody else can write to, which is gone when this returns; the kernel keeps what is loaded. */
function loadCopy(copy: Buffer, parent: string): typeof Uws {
  const folder = mkdtempSync(join(parent, 'wp-chat-uws-'));
  try {
    const file = join(folder, BINARY);
    writeFileSync(file, copy, { mode: 0o600 });
    return loadHere(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
