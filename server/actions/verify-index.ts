/** Is the index on the disk whole, and does it find its own documents? Where it is not, the last good one serves. */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { ActionDefinition, Done, Effect } from '../../ops/actions/index.ts';
import type { IndexSwap, Verifications } from '../index-admin/index.ts';
import { action } from './define.ts';
import type { Measures } from './measures.ts';

export interface VerifyIndexParts {
  readonly index: Pick<IndexSwap, 'serving' | 'ports'>;
  readonly verifications: Pick<Verifications, 'start' | 'settled' | 'underway' | 'last'>;
  readonly measures: Pick<Measures, 'ask'>;
}

const BUDGET_MS = 60_000;
/** It says what it has found so far before its time is over. */
const MARGIN_MS = 5000;

export const verifyIndex = ({ index, verifications, measures }: VerifyIndexParts): ActionDefinition =>
  action({
    id: 'verify_index',
    title: 'Verify the index',
    about:
      'Compares every byte with the manifest, walks the graph, and asks the index for its own documents, in a process of its own. A damaged one is moved aside, and the last good one serves.',
    risk: 'low',
    command: 'wp-chat index verify',
    runbookCommand:
      "python -c \"import faiss; idx = faiss.read_index('data/index/wp.faiss'); print(f'Index size: {idx.ntotal}')\"",
    timeBudgetMs: BUDGET_MS,
    cooldownMs: 0,
    concurrencyKey: 'index',
    parameters: z.strictObject({
      generation: z.string().min(1).max(100).nullable().default(null).describe('The one that serves where not given'),
      quarantine: z
        .boolean()
        .default(true)
        .describe('Whether a damaged one is moved aside, and the last good one serves'),
    }),
    objection: ({ generation }) =>
      generation === null || index.ports.names().includes(generation)
        ? null
        : `There is no generation ${generation}; there are: ${index.ports.names().join(', ')}`,
    preview: ({ generation, quarantine }) => [
      `${generation ?? index.serving} is read and checked, for at most ${(BUDGET_MS - MARGIN_MS) / 1000} s; queries go on`,
      quarantine
        ? 'Where it is damaged it is moved aside, and the last good one serves, now and after a restart'
        : 'Where it is damaged that is told, and nothing else is done',
    ],
    run: async ({ generation: asked, quarantine }, { signal }) => {
      const generation = asked ?? index.serving;
      // One that is under way, such as the one that the server does by itself, may be another generation's.
      await verifications.settled();
      signal.throwIfAborted();
      const deadlineMs = BUDGET_MS - MARGIN_MS;
      verifications.start({ generation, bytesPerSecondMax: null, deadlineMs }, quarantine);
      await verifications.settled();
      return doneOf(verifications.last!, () => answersOf(measures, index));
    },
  });

function doneOf(
  { report, failure, fallback, generation }: NonNullable<Verifications['last']>,
  probe: Done['probe'],
): Done {
  if (report === null) throw new EngineError(failure!.code, failure!.detail);
  const { verdict, findings, seconds } = report;
  const details = { ...report, fallback };
  const found = findings.map(({ file, expected, got }) => `${file}: expected ${expected}, got ${got}`).join('; ');
  if (verdict === 'damaged' && fallback === null)
    return {
      changed: false,
      said: `${generation} is damaged: ${found}${failure === null ? '' : `; nothing took its place: ${failure.detail}`}`,
      details,
      probe: async () => ({ ok: false, said: 'It serves on from memory; the next start would not find it whole' }),
    };
  const said =
    verdict === 'damaged'
      ? `${generation} is damaged (${found}) and moved aside; ${fallback!.serving} serves`
      : `${generation}: ${verdict}, after ${seconds.toFixed(1)} s`;
  return { changed: fallback !== null, said, details, ...(probe === undefined ? {} : { probe }) };
}

async function answersOf(measures: Pick<Measures, 'ask'>, { serving }: Pick<IndexSwap, 'serving'>): Promise<Effect> {
  const outcome = await measures.ask('configured', false);
  const ok = outcome.kind === 'ok' && outcome.result.total > 0;
  const found = outcome.kind === 'ok' ? `finds ${outcome.result.total}` : `fails: ${outcome.kind}`;
  return { ok, said: `A real query over ${serving} ${found}` };
}
