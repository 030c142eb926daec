import { spawn } from 'node:child_process';
import { cpSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../engine/package-root.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { cliPath, sampleIndex } from '../../support/server.ts';

/** Serves until it has said where, and returns what it said on standard error before. */
function served(set: readonly string[]): Promise<string> {
  const settings = [`index.directory=${sampleIndex()}`, 'server.port=0', `logs.directory=${scratchFolder()}`, ...set];
  const child = spawn(process.execPath, [cliPath, 'serve', ...settings.flatMap((one) => ['--set', one])], {
    cwd: packageRoot,
  });
  let err = '';
  child.stderr.on('data', (chunk: Buffer) => {
    err += chunk;
  });
  child.stdout.once('data', () => child.kill('SIGTERM'));
  return new Promise((resolve) => child.once('close', () => resolve(err)));
}

describe('serve', () => {
  it('says for each model that is unavailable why, and what to do, in one line', async () => {
    const models = scratchFolder();
    cpSync(join(packageRoot, 'data/models'), models, { recursive: true });
    truncateSync(join(models, 'wp-chat-rerank-en/model.json'), 3);
    const err = await served([`models.directory=${models}`, 'models.embedder=bge-small-en-v1.5']);
    const lines = err.trimEnd().split('\n');
    expect(lines).toEqual([
      expect.stringMatching(/^Serving without the embedder bge-small-en-v1\.5: .+ → wp-chat models pull bge-small/),
      expect.stringMatching(
        /^Serving without the reranker wp-chat-rerank-en: .+ → .*git checkout data\/models\/wp-chat/,
      ),
    ]);
  });

  it('says nothing of models where all take part', async () => {
    expect(await served([])).toBe('');
  });
});
