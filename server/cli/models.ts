import { Command } from 'commander';
import {
  addModel,
  DEFAULT_DOWNLOAD_LIMITS,
  findModel,
  listModels,
  type ModelListing,
  modelsBaseUrl,
  pullModel,
  requireKnownModel,
  type VerifyReport,
  verifyModel,
} from '../../engine/models/index.ts';
import { configOf, EXIT, globalOptions, print, table } from './command.ts';

export const modelsCommand = (): Command =>
  new Command('models')
    .description('The models: which are here, which can be had, and whether their files are sound')
    .addCommand(listCommand())
    .addCommand(pullCommand())
    .addCommand(addCommand())
    .addCommand(verifyCommand())
    .addHelpText('after', '\nExample:\n  $ wp-chat models list\n  $ wp-chat models pull bge-small-en-v1.5');

const listCommand = (): Command =>
  new Command('list')
    .description('Installed models, and known ones that can be pulled')
    .addHelpText('after', '\nExample:\n  $ wp-chat models list')
    .action(async (_, command: Command) => {
      const listings = await listModels(configOf(command).config.models.directory);
      print(command, listings, () =>
        table([['NAME', 'TASK', 'STATE', 'TOKENS', 'LANGUAGES', 'LICENCE'], ...listings.map(row)]),
      );
    });

const row = ({ name, card, state, problem }: ModelListing): string[] =>
  card === null
    ? [name, '–', state, '–', '–', problem]
    : [name, card.task, state, String(card.tokensMax), card.languages.join(' '), card.license];

const pullCommand = (): Command =>
  new Command('pull')
    .description('Download a known model; an interrupted download is resumed')
    .argument('<name>', 'a name that models list shows')
    .option('--base-url <address>', 'a mirror (or WP_CHAT_MODELS_URL)')
    .option('--force', 'replace an installed model that differs', false)
    .addHelpText('after', '\nExample:\n  $ wp-chat models pull bge-small-en-v1.5')
    .action(async (name: string, { baseUrl, force }: { baseUrl?: string; force: boolean }, command: Command) => {
      const { directory } = configOf(command).config.models;
      const shown = process.stderr.isTTY === true && !globalOptions(command).json;
      const result = await pullModel({
        model: requireKnownModel(name),
        modelsDir: directory,
        baseUrl: modelsBaseUrl(baseUrl ?? null, process.env),
        force,
        limits: DEFAULT_DOWNLOAD_LIMITS,
        onProgress: ({ file, receivedBytes, totalBytes }) => {
          if (!shown) return;
          const share = totalBytes === null ? '' : ` ${Math.floor((100 * receivedBytes) / totalBytes)} %`;
          process.stderr.write(`\r\u001B[K${file} ${(receivedBytes / 2 ** 20).toFixed(1)} MiB${share}`);
        },
      });
      if (shown) process.stderr.write('\r\u001B[K');
      print(
        command,
        result,
        () =>
          `${result.card.name}: ${result.outcome} in ${result.dir}${result.unverified.length === 0 ? '' : `\nUnverified, first seen here: ${result.unverified.join(', ')}`}`,
      );
    });

const addCommand = (): Command =>
  new Command('add')
    .description('Install a model from a folder with ONNX file, tokenizer.json and model.json')
    .argument('<directory>', 'the folder; one that is named after a known model needs no model.json')
    .option('--force', 'replace an installed model that differs', false)
    .addHelpText('after', '\nExample:\n  $ wp-chat models add ./bge-small-en-v1.5')
    .action(async (from: string, { force }: { force: boolean }, command: Command) => {
      const result = await addModel({ from, modelsDir: configOf(command).config.models.directory, force });
      print(command, result, () => `${result.card.name}: ${result.outcome} in ${result.dir}`);
    });

const verifyCommand = (): Command =>
  new Command('verify')
    .description('Compare the files of the installed models with their checksums')
    .argument('[name]', 'one model (default: all that are installed)')
    .addHelpText('after', '\nExample:\n  $ wp-chat models verify all-minilm-l6-v2')
    .action(async (name: string | undefined, _, command: Command) => {
      const { directory } = configOf(command).config.models;
      const dirs =
        name === undefined
          ? (await listModels(directory)).filter(({ state }) => state !== 'available').map(({ dir }) => dir)
          : [(await findModel(directory, name)).dir];
      const reports: VerifyReport[] = [];
      for (const dir of dirs) reports.push(await verifyModel(dir));
      if (reports.some(({ ok }) => !ok)) process.exitCode = EXIT.failed;
      print(command, reports, () =>
        table(reports.flatMap((report) => report.files.map(({ file, state }) => [report.name, file, state]))),
      );
    });
