/** The address of rebuilds of the index, as the API description has it. */
import { z } from 'zod';
import { rebuildInput } from './index-admin/index.ts';
import { act, BAD_PARAMETER, begun, done } from './openapi-action.ts';
import type { Operation } from './openapi-schema.ts';

const PATH = '/admin/index/rebuild';
const moment = z.iso.datetime();
const count = z.int().min(0);

const underway = z.strictObject({
  stage: z.enum(['starting', 'passages', 'lexical', 'graph', 'checksums', 'swapping']),
  percent: count.max(100).describe('Over all stages'),
  since: moment,
});

const begunAnswer = z.strictObject({
  started: underway,
  status: z.string().describe('Where it is said how far it is, and what came of it'),
});

const change = z.strictObject({ old: count, new: count });

const report = z.strictObject({
  generation: z.string(),
  from: z.string().describe('The generation whose documents it was made of'),
  passedOver: z.array(z.strictObject({ generation: z.string(), damage: z.string() })),
  comparison: z.strictObject({
    with: z.string(),
    counts: z.strictObject({ posts: change, passages: change, vectors: change, terms: change, postings: change }),
    files: z.record(z.string(), z.enum(['same', 'different', 'new', 'gone'])),
  }),
  embedded: count,
  seconds: z.number(),
});

const statusAnswer = z.strictObject({
  underway: underway.nullable(),
  last: z
    .strictObject({
      at: moment,
      report: report.nullable().describe('Null where nothing was published'),
      failure: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
    })
    .nullable(),
});

export function rebuildOperations(): Operation[] {
  const begin = act(PATH, 'Build the index anew from its stored documents, and serve it', rebuildInput, begunAnswer);
  return [
    {
      method: 'GET',
      path: PATH,
      tag: 'operations',
      summary: 'How far a rebuild is, and what came of the last one',
      answers: done('As of now', statusAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    { ...begin, answers: begun(begunAnswer), refusals: { ...begin.refusals, 409: 'It is being rebuilt already' } },
  ];
}
