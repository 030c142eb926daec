/** A real Prometheus that scrapes what a test says, every second. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

const PROMETHEUS = '/usr/bin/prometheus';
export const hasPrometheus = existsSync(PROMETHEUS);
if (!hasPrometheus) process.stdout.write(`Skipped, no ${PROMETHEUS}; install prometheus\n`);

export interface Job {
  readonly name: string;
  readonly port: number;
  readonly path: string;
}

export interface Vector {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [timeS: number, value: string];
}

export interface Prometheus {
  /** Of its HTTP API, such as `targets`. */
  get<Body>(path: string): Promise<Body>;
  /** An instant vector, now. */
  query(expression: string): Promise<readonly Vector[]>;
  stop(): Promise<void>;
}

/** Resolves once it can be asked. Ends with the tests, whatever happens to them. */
export async function startPrometheus(jobs: readonly Job[]): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'wp-chat-prometheus-'));
  // JSON is YAML.
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: jobs.map(({ name, port, path }) => ({
      job_name: name,
      metrics_path: path,
      static_configs: [{ targets: [`127.0.0.1:${port}`] }],
    })),
  };
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
  const child = spawn(
    PROMETHEUS,
    [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      '--web.listen-address=127.0.0.1:0',
      '--enable-feature=exemplar-storage',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  void exited.then(() => {
    process.off('exit', kill);
    rmSync(folder, { recursive: true, force: true });
  });
  let said = '';
  const address = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`Prometheus ended with ${code}: ${said}`)));
    child.stderr!.on('data', (chunk: Buffer) => {
      said += chunk;
      const listening = /msg="Listening on" address=(\S+)/.exec(said);
      if (listening !== null) resolve(listening[1]!);
    });
  });
  const get = async <Body>(path: string): Promise<Body> => {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return (await response.json()) as Body;
  };
  await until(async () => (await fetch(`http://${address}/-/ready`)).ok);
  return {
    get,
    query: async (expression) =>
      (await get<{ data: { result: Vector[] } }>(`query?query=${encodeURIComponent(expression)}`)).data.result,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}
