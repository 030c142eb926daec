import { Command } from 'commander';
import { type GenerationStatus, type IndexStatus, indexStatus } from '../../engine/store/index.ts';
import { configOf, print, table } from './command.ts';

export const indexStatusCommand = (): Command =>
  new Command('status')
    .description('What is in the index directory: generations, which one serves, what was moved aside, disk use')
    .addHelpText(
      'after',
      '\nNothing is verified: see wp-chat index verify.\n\nExample:\n  $ wp-chat index status\n  $ wp-chat index status --json --set index.directory=data/blog',
    )
    .action(async (_, command: Command) => {
      const status = await indexStatus(configOf(command).config.index.directory);
      print(command, status, () => describe(status));
    });

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

function describe({ directory, current, generations, bytes, bytesTotal }: IndexStatus): string {
  const parts = Object.entries(bytes)
    .filter(([, each]) => each >= 2 ** 16)
    .map(([name, each]) => `${name} ${mebibytes(each)}`);
  return [
    `Index ${directory}: ${current === null ? 'nothing serves' : `generation ${current} serves`}, ${mebibytes(bytesTotal)}${parts.length === 0 ? '' : ` (${parts.join(', ')})`}`,
    generations.length === 0 ? 'No generations' : table([HEADINGS, ...generations.map(row)]),
  ].join('\n\n');
}

const HEADINGS = ['GENERATION', 'STATE', 'POSTS', 'PASSAGES', 'SIZE', 'SERVED BY', ''];

const row = ({ name, state, counts, bytes, servedBy, damage }: GenerationStatus): string[] => [
  name,
  state,
  counts === null ? '–' : String(counts.posts),
  counts === null ? '–' : String(counts.passages),
  mebibytes(bytes),
  servedBy.length === 0 ? '–' : servedBy.join(', '),
  damage ?? '',
];
