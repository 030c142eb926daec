#!/usr/bin/env node
/** The one binary. */
import { run } from './run.ts';

await run(process.argv.slice(2));
