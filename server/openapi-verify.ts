/** The address of verifications of the index, as the API description has it. */
import { z } from 'zod';
import { verifyInput } from './index-admin/index.ts';
import { act, BAD_PARAMETER, begun, done } from './openapi-action.ts';
import type { Operation } from './openapi-schema.ts';

const PATH = '/admin/index/verify';
const moment = z.iso.datetime();
const count = z.int().min(0);
const check = z.enum(['bytes', 'counts', 'records', 'words', 'graph', 'recall']);
const damage = { file: z.string(), block: count.nullable(), expected: z.string(), got: z.string() };

const underway = z.strictObject({
  generation: z.string(),
  since: moment,
  check: check.nullable(),
  percent: count.max(100).describe('Over all checks'),
});

const begunAnswer = z.strictObject({
  started: underway,
  status: z.string().describe('Where it is said how far it is, and what came of it'),
});

const report = z.strictObject({
  generation: z.string(),
  verdict: z.enum(['sound', 'damaged', 'unfinished', 'crashed']),
  detail: z.string().nullable(),
  checks: z.array(
    z.strictObject({
      check,
      state: z.enum(['passed', 'failed', 'skipped', 'unfinished']),
      measured: z.record(z.string(), z.number()),
    }),
  ),
  findings: z.array(z.strictObject({ check, ...damage })),
  bytesRead: count,
  bytesTotal: count,
  seconds: z.number(),
  resume: z.strictObject({ file: z.string(), block: count }).nullable(),
});

const fallback = z.strictObject({
  damage: z.array(z.strictObject({ generation: z.string(), ...damage })),
  serving: z.string(),
  quarantined: z.array(z.string()),
  unmoved: z.string().nullable(),
});

const statusAnswer = z.strictObject({
  underway: underway.nullable(),
  last: z
    .strictObject({
      generation: z.string(),
      at: moment,
      report: report.nullable().describe('Null where it did not come to one'),
      failure: z.strictObject({ code: z.string(), detail: z.string() }).nullable(),
      fallback: fallback.nullable().describe('What was done about a damage; null where nothing was'),
    })
    .nullable(),
  next: moment.nullable().describe('When one is due by itself'),
});

export function verifyOperations(): Operation[] {
  const begin = act(
    PATH,
    'Read every byte of a generation, and ask it questions, in a process of its own',
    verifyInput,
    begunAnswer,
  );
  const refusals = { 404: 'There is no generation of that name', 409: 'Another one is being verified' };
  return [
    {
      method: 'GET',
      path: PATH,
      tag: 'operations',
      summary: 'How far a verification is, what the last one found, and when the next one is due by itself',
      answers: done('As of now', statusAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    { ...begin, answers: begun(begunAnswer), refusals: { ...begin.refusals, ...refusals } },
  ];
}
