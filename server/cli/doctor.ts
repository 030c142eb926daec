import { createServer } from 'node:net';
import { availableParallelism, totalmem } from 'node:os';
import { Command } from 'commander';
import { freshnessOf, listedOf, openTarget, Repository } from '../../engine/backup/index.ts';
import { EngineError } from '../../engine/errors.ts';
import { findModel, requireSound, verifyModel } from '../../engine/models/index.ts';
import { verifyCurrent } from '../../engine/store/index.ts';
import { periodMs, targetOf, timesOf } from '../backup/index.ts';
import type { Config } from '../config/index.ts';
import { checkStore } from '../shared/index.ts';
import { loadUws } from '../uws.ts';
import { configOf, EXIT, print, table } from './command.ts';
import { liveServer } from './live.ts';
import { modelRemedy } from './model-remedy.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  /** What to do where it is not ok. */
  readonly remedy: string | null;
}

const NODE_MAJOR_MIN = 20;
const MEMORY_BYTES_MIN = 2 ** 30;

export const doctorCommand = (): Command =>
  new Command('doctor')
    .description('Check machine, native modules, models, index and port: what is wrong, and what to do')
    .addHelpText('after', '\nExample:\n  $ wp-chat doctor --json')
    .action(async (_, command: Command) => {
      const { config } = configOf(command);
      const checks = await runChecks(config);
      if (checks.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
      print(command, checks, () =>
        table(
          checks.map(({ name, ok, found, remedy }) => [
            ok ? 'ok' : 'WRONG',
            name,
            ok || remedy === null ? found : `${found} → ${remedy}`,
          ]),
        ),
      );
    });

async function runChecks(config: Config): Promise<Check[]> {
  const models = [config.models.embedder, config.models.reranker].filter((name) => name !== 'none');
  return [
    node(),
    await attempt('libc', libc),
    await attempt('uWebSockets.js', () => {
      const { name, version } = loadUws();
      return `${name} ${version}`;
    }),
    await attempt('onnxruntime', async () => (await import('../../engine/onnx.ts')).onnxRuntimeVersion),
    await attempt('usearch', async () => {
      await import('../../engine/dense/index.ts');
      return 'loads';
    }),
    {
      name: 'memory',
      ok: totalmem() >= MEMORY_BYTES_MIN,
      found: `${(totalmem() / 2 ** 30).toFixed(1)} GiB, ${availableParallelism()} cores`,
      remedy: 'Give the machine at least 1 GiB',
    },
    ...(await Promise.all(models.map((name) => attempt(`model ${name}`, () => model(config, name))))),
    await attempt('index', async () => {
      const { manifest } = await verifyCurrent(config.index.directory);
      return `generation ${manifest.generation}, ${manifest.counts.posts} posts, ${manifest.counts.passages} passages, checksums right`;
    }),
    ...(config.server.shared.redis === ''
      ? []
      : [await attempt('shared state', () => checkStore(config.server.shared))]),
    ...(config.backup.at === '' ? [] : [await attempt('backup', () => backup(config))]),
    await attempt('port', () => port(config)),
  ];
}

async function attempt(name: string, look: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, ok: true, found: await look(), remedy: null };
  } catch (error) {
    const remedy = error instanceof EngineError ? (error.place.remedy ?? null) : 'Install again: npm ci';
    return { name, ok: false, found: (error as Error).message, remedy };
  }
}

function node(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  return {
    name: 'node',
    ok: major >= NODE_MAJOR_MIN,
    found: process.version,
    remedy: `Install Node ${NODE_MAJOR_MIN} or newer`,
  };
}

function libc(): string {
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  if (process.platform !== 'linux') return process.platform;
  if (header.glibcVersionRuntime !== undefined) return `glibc ${header.glibcVersionRuntime}`;
  throw new EngineError('internal', 'No glibc: the native modules are built for it', {
    remedy: 'Use a distribution with glibc 2.28 or newer, such as Debian, Ubuntu or Fedora',
  });
}

async function model({ models }: Config, name: string): Promise<string> {
  try {
    const { dir, card } = await findModel(models.directory, name);
    requireSound(await verifyModel(dir));
    return `${card.task}, checksums right`;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const remedy = modelRemedy(models.directory, name);
    throw new EngineError(error.code, error.message, { ...error.place, remedy }, error);
  }
}

/** With a schedule: whether one was missed. */
async function backup({ backup: settings }: Config): Promise<string> {
  const repository = await Repository.open(openTarget(targetOf(settings), process.env));
  const listed = (await repository.list()).map(listedOf);
  const { newest, drillPassedAt } = freshnessOf(listed, { wallMs: Date.now(), position: null });
  const dueMs = 2 * periodMs(timesOf(settings.at))!;
  if (newest === null || newest.ageS * 1000 > dueMs)
    throw new EngineError(
      'backup_missing',
      `The newest sound backup is ${newest === null ? 'none' : `of ${newest.createdAt}`}, and one is due at ${settings.at}`,
      { remedy: 'See why the last ones failed (wp-chat backup list, the log), and make one: wp-chat backup create' },
    );
  return `newest ${newest.id}, sound; ${drillPassedAt === null ? 'never tried' : `a drill passed at ${drillPassedAt}`}`;
}

async function port(config: Config): Promise<string> {
  const { host, port: number } = config.server;
  const code = await bindFailure(config);
  if (code === null) return `${host}:${number} is free`;
  if (code === 'EADDRINUSE' && (await isWpChat(config))) return `${host}:${number}: wp-chat answers there`;
  throw new EngineError('internal', `${host}:${number}: ${code}`, {
    remedy: 'Stop what listens there, or choose another: --set server.port=8081',
  });
}

/** Null where the port can be listened on. */
function bindFailure({ server }: Config): Promise<string | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'cannot listen'));
    probe.listen(server.port, server.host, () => probe.close(() => resolve(null)));
  });
}

const isWpChat = (config: Config): Promise<boolean> =>
  liveServer(config, {}, 'searches').then(
    () => true,
    () => false,
  );
