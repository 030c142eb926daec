/** A real Alertmanager of its own, on a free port of loopback, that sends what it notifies to an address. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { scratchFolder } from '../../support/scratch.ts';
import { until } from '../../support/until.ts';

const ALERTMANAGER = '/usr/bin/prometheus-alertmanager';
export const hasAlertmanager = existsSync(ALERTMANAGER);
if (!hasAlertmanager) process.stdout.write(`Skipped, no ${ALERTMANAGER}; install prometheus-alertmanager\n`);

export interface Alertmanager {
  readonly url: string;
  get<Body>(path: string): Promise<Body>;
  post(path: string, body: unknown): Promise<void>;
  stop(): Promise<void>;
}

/** @param webhook where it sends what it notifies, at once and again each second */
export async function startAlertmanager(webhook: string): Promise<Alertmanager> {
  const folder = scratchFolder();
  // JSON is YAML.
  const config = {
    route: { receiver: 'room', group_by: ['alertname'], group_wait: '0s', group_interval: '1s', repeat_interval: '1h' },
    receivers: [{ name: 'room', webhook_configs: [{ url: webhook, send_resolved: true }] }],
  };
  writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify(config));
  const port = await freePort();
  const own = [
    `--config.file=${join(folder, 'alertmanager.yml')}`,
    `--storage.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const child = spawn(ALERTMANAGER, own, { stdio: 'ignore' });
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = once(child, 'exit').then(() => void process.off('exit', kill));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => (await fetch(`${url}/-/ready`).catch(() => null))?.ok === true);
  return {
    url,
    get: async <Body>(path: string) => (await (await fetch(`${url}/api/v2/${path}`)).json()) as Body,
    post: async (path, body) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${url}/api/v2/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    },
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
