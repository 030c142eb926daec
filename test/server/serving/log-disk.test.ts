/** A log disk that is full or was left in a mess: the service goes on, and says what it lost. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ask } from '../../support/client.ts';
import { afterStep } from '../../support/dashboard-events.ts';
import { startSampleServer } from '../../support/server.ts';
import { until } from '../../support/until.ts';

/** A file system of some pages, mounted on a new folder; null where this user may not. */
function tinyDisk(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-disk-'));
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16k', 'tmpfs', folder]);
  if (status === 0) return folder;
  rmSync(folder, { recursive: true });
  process.stdout.write('Skipped, no right to mount: the full disk\n');
  return null;
}

const disk = tinyDisk();

const lostOf = async (url: string): Promise<Record<string, number>> =>
  (await ask<{ lost: Record<string, number> }>(`${url}/stats/metrics`)).body.lost;

describe.skipIf(disk === null)('a full log disk', () => {
  it('costs lines, which are counted and shown, and no request', async () => {
    try {
      const logs = join(disk!, 'logs');
      mkdirSync(logs);
      writeFileSync(join(disk!, 'full'), Buffer.alloc(12 * 1024));
      const server = await startSampleServer({ set: [`logs.directory=${logs}`] });
      await until(async () => {
        expect((await ask(`${server.url}/search?q=redis&mode=bm25&rerank=false`)).status).toBe(200);
        return ((await lostOf(server.url))['history'] ?? 0) > 0;
      });
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      expect(metrics).toMatch(/wp_chat_lost\w*\{[^}]*="history"\} [1-9]/);
      expect(await server.stop()).toBe(0);
    } finally {
      spawnSync('umount', [disk!]);
      rmSync(disk!, { recursive: true });
    }
  });
});

it('a history that was torn is read as far as it can be, and the start says how much could not', async () => {
  const logs = mkdtempSync(join(tmpdir(), 'wp-chat-torn-'));
  mkdirSync(join(logs, 'history'));
  const segment = Math.floor(Date.now() / 150_000) * 150;
  writeFileSync(join(logs, 'history', `1s-${segment}.hlog`), 'Tag=total;/search;answ');
  writeFileSync(join(logs, 'history', '3600s-0.hlog'), '\0'.repeat(100));
  writeFileSync(join(logs, 'slo_metrics.jsonl'), '{"time":');
  const server = await startSampleServer({ set: [`logs.directory=${logs}`] });
  await afterStep(server.url);
  expect((await lostOf(server.url))['history_unreadable']).toBe(1);
  expect(await server.stop()).toBe(0);
  rmSync(logs, { recursive: true });
});
