import { Command } from 'commander';
import type { Config } from '../config/index.ts';
import { type RunningServer, startServer } from '../main.ts';
import { configOf, EXIT, globalOptions, print } from './command.ts';
import { unusedRemedy } from './model-remedy.ts';

export const serveCommand = (): Command =>
  new Command('serve')
    .description('Answer queries over HTTP until SIGTERM, then finish what is in flight')
    .option('--port <number>', 'port to listen on (server.port)')
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat serve --set server.workers=2\n  $ curl "http://localhost:8080/search?q=slow+database&topk=3"',
    )
    .action(async ({ port }: { port?: string }, command: Command) => {
      const { config } = configOf(command, port === undefined ? [] : [`server.port=${port}`]);
      const server = await startServer(config);
      const base = baseUrl(config, { host: config.server.host, port: server.port });
      const { admin } = config.server;
      const operators = admin.port === 0 ? base : baseUrl(config, admin);
      const stop = async (): Promise<void> => {
        const drained = await server.stop();
        if (!drained) process.stderr.write('Stopped before every answer was out: server.drainMs passed\n');
        process.exit(drained ? EXIT.ok : EXIT.failed);
      };
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
      const { workers, generation, models } = server;
      const historyFaults = await server.historyRead;
      if (!globalOptions(command).json) {
        await warnOfModels(config, models);
        warnOfHistory(historyFaults);
      }
      print(
        command,
        { url: base, port: server.port, pid: process.pid, workers, generation, models, historyFaults },
        () => welcome(base, operators, workers, generation),
      );
    });

/** One line for each model that was asked for and does not take part. */
async function warnOfModels({ models: { directory } }: Config, models: RunningServer['models']): Promise<void> {
  for (const role of ['embedder', 'reranker'] as const) {
    const model = models[role];
    if (model.state !== 'unavailable') continue;
    const remedy = await unusedRemedy(directory, model.name, role);
    process.stderr.write(`Serving without the ${role} ${model.name}: ${model.detail} → ${remedy}\n`);
  }
}

/** What was recorded before and could not be read back: the service does not need it, its operator may. */
function warnOfHistory({ lines, told }: Awaited<RunningServer['historyRead']>): void {
  if (lines + told.length === 0) return;
  process.stderr.write(`${lines} lines of the history could not be read and were skipped:\n  ${told.join('\n  ')}\n`);
}

const baseUrl = ({ server: { tls } }: Config, { host, port }: { host: string; port: number }): string =>
  `${tls.certFile === '' ? 'http' : 'https'}://${host === '0.0.0.0' ? 'localhost' : host}:${port}`;

const welcome = (
  base: string,
  operators: string,
  workers: number,
  generation: string,
): string => `wp-chat serves generation ${generation} with ${workers} worker${workers === 1 ? '' : 's'}

  search page   ${base}/
  API           ${base}/docs
  dashboard     ${operators}/dashboard
  health        ${base}/stats/health

Try:
  curl "${base}/search?q=why+is+my+site+slow&topk=3"
  curl "${base}/search?q=redis+object+cache&mode=bm25&rerank=false"
  npx wp-chat search "restore a backup"

Stop with Ctrl-C.`;
