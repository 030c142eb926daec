/**
 * The folder that an operator stands in: Makefile, logs, index and models are where the runbook says, and `localhost:8080` is the server
 * of the test, wherever it listens. What is typed there is typed as it is printed.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../engine/package-root.ts';
import { askCli, type CliRun } from '../support/cli.ts';
import { scratchFolder } from '../support/scratch.ts';
import { copySampleIndex, type ServerProcess, startServer } from '../support/server.ts';

export interface OperatorsFolder {
  readonly server: ServerProcess;
  readonly path: string;
  /** @param id of the incident that is meant */
  type(command: string, id: string): Promise<CliRun>;
}

export async function openFolder(): Promise<OperatorsFolder> {
  const path = scratchFolder();
  for (const name of ['data', 'dist', 'node_modules', 'home']) mkdirSync(join(path, name));
  copySampleIndex(join(path, 'data/index'));
  symlinkSync(join(packageRoot, 'data/models'), join(path, 'data/models'));
  const server = await startServer({
    index: join(path, 'data/index'),
    set: [
      'server.cache.spill=true',
      // What is typed is done by who typed it.
      'incidents.automatic.enabled=false',
      'retrieval.rerank.depth=3',
      `backup.target=${join(path, 'backups')}`,
      `incidents.notify.directory=${join(path, 'notify')}`,
    ],
  });
  symlinkSync(server.logs, join(path, 'logs'));
  // Any service answers for localhost:8080, and an answer that refuses is a command that failed.
  const curl = `connect-to = "localhost:8080:127.0.0.1:${server.port}"\nfail-with-body\nsilent\nshow-error\n`;
  writeFileSync(join(path, 'home/.curlrc'), curl);
  builtAlready(path);
  const environment = {
    CURL_HOME: join(path, 'home'),
    WP_CHAT_SERVER_PORT: String(server.port),
    WP_CHAT_BACKUP_TARGET: join(path, 'backups'),
  };
  return {
    server,
    path,
    type: (command, id) =>
      command.startsWith('wp-chat ')
        ? askCli(wordsOf(command.replaceAll('$ID', id)).slice(1), { cwd: path, environment })
        : shell(command, path, { ...environment, ID: id }),
  };
}

/** To make, everything is built, and newer than what it was built from. */
function builtAlready(path: string): void {
  symlinkSync(join(packageRoot, 'Makefile'), join(path, 'Makefile'));
  symlinkSync(join(packageRoot, 'dist/program'), join(path, 'dist/program'));
  const sources = ['package.json', 'package-lock.json', '.npmrc', 'tsconfig.json', 'rolldown.config.mjs'];
  const made = ['node_modules/.package-lock.json', 'dist/.kernels', 'dist/.modules', 'dist/.program', 'dist/.built'];
  for (const [at, name] of [...sources, ...made].entries()) {
    writeFileSync(join(path, name), name === 'package.json' ? readFileSync(join(packageRoot, name)) : '');
    utimesSync(join(path, name), at, at);
  }
}

/** What a shell makes of a line without pipes and variables. */
function wordsOf(command: string): string[] {
  const [line = ''] = command.split(/\s+#\s/);
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}

function shell(command: string, cwd: string, environment: Record<string, string>): Promise<CliRun> {
  return new Promise((resolve, reject) => {
    const child = spawn('bash', ['-c', command], { cwd, env: { ...process.env, ...environment }, stdio: 'pipe' });
    let out = '';
    let err = '';
    child.stdin.end();
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk;
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, err }));
  });
}
