/** Is it meant? Asked before what may harm; --yes says so beforehand, and where nobody can be asked it must. */
import { createInterface } from 'node:readline/promises';
import { type Command, Option } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import { EXIT, globalOptions } from './command.ts';

export const yesOption = (): Option => new Option('--yes', 'do it without asking').default(false);

/**
 * @param what would happen, as a question: "Forget all cached answers?"
 * @param option that says so beforehand
 * @returns whether it is to be done; where not, that is said and the exit code is set
 * @throws EngineError request_invalid where nobody can be asked
 */
export async function confirmed(command: Command, what: string, yes: boolean, option = '--yes'): Promise<boolean> {
  if (yes) return true;
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY || globalOptions(command).json)
    throw new EngineError('request_invalid', `Nothing was changed. ${what}`, {
      field: option.slice(2),
      remedy: `Add ${option}`,
    });
  const asking = createInterface({ input: stdin, output: stderr });
  const answer = await asking.question(`${what} [y/N] `);
  asking.close();
  if (/^y(es)?$/i.test(answer.trim())) return true;
  stderr.write('Nothing was changed\n');
  process.exitCode = EXIT.failed;
  return false;
}
