import { Command } from 'commander';
import { settings, withoutPassword } from '../config/index.ts';
import { configOf, print, table } from './command.ts';

export const configCommand = (): Command =>
  new Command('config')
    .description('The configuration')
    .addHelpText('after', '\nExample:\n  $ wp-chat config show')
    .addCommand(
      new Command('show')
        .description('Every setting: its value, where that came from, and what is allowed')
        .addHelpText('after', '\nExample:\n  $ wp-chat config show --set server.port=9000')
        .action((_, command: Command) => {
          const { origins } = configOf(command);
          const rows = settings.map(({ key, variable, allowed, about }) => {
            const { value, origin } = origins.get(key)!;
            const shown = typeof value === 'string' ? withoutPassword(value) : value;
            return { key, value: shown, origin, variable, allowed, about };
          });
          print(command, rows, () =>
            table([
              ['KEY', 'VALUE', 'FROM', 'ALLOWED'],
              ...rows.map(({ key, value, origin, allowed }) => [key, JSON.stringify(value), origin, allowed]),
            ]),
          );
        }),
    );
