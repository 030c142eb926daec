/**
 * Which build of uWebSockets.js runs here. It has no official npm package; of two that republish its binaries the newer
 * needs glibc 2.38, the older runs from 2.27. Both are optional dependencies: the newest that loads is taken.
 */
import { createRequire } from 'node:module';
import type * as Uws from 'uwebsockets-portable';
import { EngineError } from '../engine/errors.ts';

export interface UwsBuild {
  readonly uws: typeof Uws;
  /** Package and version, as `/stats/device` and `doctor` show it. */
  readonly name: string;
  readonly version: string;
}

const require = createRequire(import.meta.url);
const BINARY = `uws_${process.platform}_${process.arch}_${process.versions.modules}.node`;
/** The binary itself, never a package's own entry: one of them falls back to a JavaScript imitation in silence. */
const CANDIDATES = [
  { name: '@btc-vision/uwebsockets.js', alias: 'uwebsockets-modern', binary: BINARY },
  { name: '@trufflesuite/uws-js-unofficial', alias: 'uwebsockets-portable', binary: `binaries/${BINARY}` },
];

/** @throws EngineError internal, with what each candidate said */
export function loadUws(): UwsBuild {
  const faults: string[] = [];
  for (const { name, alias, binary } of CANDIDATES) {
    try {
      const uws = require(`${alias}/${binary}`) as typeof Uws;
      const { version } = require(`${alias}/package.json`) as { version: string };
      return { uws, name, version };
    } catch (error) {
      faults.push(`${name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new EngineError('internal', `Cannot load uWebSockets.js for ${BINARY}: ${faults.join('; ')}`, {
    remedy: 'Use Node 20 or 22 on Linux with glibc 2.27 or newer, and install with optional dependencies',
  });
}
