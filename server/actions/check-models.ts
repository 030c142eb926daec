/** Are the files of the models as their cards say? */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import { findModel, type VerifyReport, verifyModel } from '../../engine/models/index.ts';
import type { ActionDefinition } from '../../ops/actions/index.ts';
import type { ModelsReport } from '../pool/index.ts';
import { action } from './define.ts';

export interface CheckModelsParts {
  readonly directory: string;
  /** Names of those that take part; `none` for none. */
  readonly names: readonly string[];
  /** How those in the workers stand. */
  readonly models: () => ModelsReport;
}

type Checked =
  | { readonly name: string; readonly report: VerifyReport; readonly fault: null }
  | { readonly name: string; readonly report: null; readonly fault: string };

export const checkModels = ({ directory, names, models }: CheckModelsParts): ActionDefinition =>
  action({
    id: 'check_models',
    title: 'Check model files',
    about: 'Reads every file of the models that take part and compares its sha256 with the card. Changes nothing.',
    risk: 'none',
    command: 'wp-chat models verify',
    runbookCommand: 'ls -la ~/.cache/huggingface/transformers/',
    timeBudgetMs: 30_000,
    cooldownMs: 0,
    concurrencyKey: '',
    parameters: z.strictObject({}),
    preview: () => ['Nothing is changed'],
    run: async () => {
      const checked: Checked[] = [];
      for (const name of names) if (name !== 'none') checked.push(await check(directory, name));
      const wrong = checked.flatMap(faultsOf);
      const files = checked.reduce((sum, { report }) => sum + (report?.files.length ?? 0), 0);
      const said = wrong.length === 0 ? `All ${files} files are as their cards say` : wrong.join('; ');
      return { changed: false, said, details: { sound: wrong.length === 0, models: checked, inWorkers: models() } };
    },
  });

async function check(directory: string, name: string): Promise<Checked> {
  try {
    const { dir } = await findModel(directory, name);
    return { name, report: await verifyModel(dir), fault: null };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { name, report: null, fault: `${error.code}: ${error.message}` };
  }
}

function faultsOf(checked: Checked): string[] {
  if (checked.report === null) return [`${checked.name}: ${checked.fault}`];
  return checked.report.files
    .filter(({ state }) => state === 'missing' || state === 'changed' || state === 'unrecorded')
    .map(({ file, state }) => `${checked.name}/${file} is ${state}`);
}
