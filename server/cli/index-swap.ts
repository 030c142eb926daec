import { Command } from 'commander';
import { currentGeneration, serversOf, swapGeneration } from '../../engine/store/index.ts';
import { configOf, print } from './command.ts';

export const indexSwapCommand = (): Command =>
  new Command('swap')
    .description('Let another generation serve that is kept: every byte of it is checked before')
    .argument('<name>', 'the generation, as wp-chat index status lists it')
    .addHelpText('after', '\nExample:\n  $ wp-chat index swap 20261128-072105')
    .action(async (name: string, _, command: Command) => {
      const { directory } = configOf(command).config.index;
      const before = currentGeneration(directory);
      const { manifest } = await swapGeneration(directory, name);
      const servedBy = serversOf(directory);
      print(command, { generation: name, before, counts: manifest.counts, servedBy }, () =>
        [
          `Generation ${name} is to serve (${manifest.counts.posts} posts), before it was ${before ?? 'none'}`,
          ...(servedBy.length === 0
            ? []
            : [`Process ${servedBy.join(', ')} goes over to it (with index.watchMs 0 when it is asked to)`]),
        ].join('\n'),
      );
    });
