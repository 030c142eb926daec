/** The addresses of backups, as the API description has them. */
import { z } from 'zod';
import {
  backupCreateInput,
  backupDeleteInput,
  backupRestoreInput,
  backupUndoInput,
  backupVerifyInput,
} from './backup/index.ts';
import { act, BAD_PARAMETER, begun, done } from './openapi-action.ts';
import type { Json, Operation } from './openapi-schema.ts';

const count = z.int().min(0);
const moment = z.iso.datetime();
const kind = z.enum(['create', 'verify', 'preview', 'restore', 'undo', 'drill', 'prune']);
const underway = z.strictObject({
  kind,
  id: z.string().nullable().describe('Of the backup; null where one is only being made'),
  since: moment,
  step: z.string(),
  percent: count,
});
const begunAnswer = z.strictObject({
  started: underway,
  status: z.string().describe('Where it is said how far it is, and what came of it'),
});
const failure = z.strictObject({ code: z.string(), detail: z.string() });
const counts = z.strictObject({ posts: count, passages: count, vectors: count, terms: count, postings: count });

const check = z.strictObject({
  verifiedAt: moment,
  sound: z.boolean(),
  detail: z.string().nullable(),
  faults: z.array(z.string()).describe('Objects that are missing or damaged'),
  drill: z.strictObject({ at: moment, passed: z.boolean(), detail: z.string().nullable() }).nullable(),
});
const backup = z.strictObject({
  id: z.string(),
  createdAt: moment.nullable(),
  generation: z
    .strictObject({ name: z.string(), format: count, createdAt: moment, source: z.string(), counts })
    .nullable(),
  totals: z.strictObject({ bytes: count, objects: count, bytesAdded: count, objectsAdded: count }).nullable(),
  audit: z
    .strictObject({ seq: count, hash: z.string() })
    .nullable()
    .describe('The last entry of the audit log then, as wp-chat audit verify --anchor takes it'),
  damage: z.string().nullable().describe('Why it cannot be read; then what is in it is not known'),
  check: check.nullable().describe('What was found when it was last verified or tried'),
});

const freshness = z.strictObject({
  newest: z
    .strictObject({ id: z.string(), createdAt: moment, ageS: count })
    .nullable()
    .describe('The newest that was sound when it was last looked at'),
  changesSince: count.nullable().describe('Changes acknowledged since its position; null where it has another history'),
  drill: z
    .strictObject({ id: z.string(), at: moment, passed: z.boolean(), detail: z.string().nullable() })
    .nullable()
    .describe('The last one'),
  drillPassedAt: moment.nullable(),
});
const freshnessAnswer = z.strictObject({
  place: z.string(),
  at: z.string().describe('Times of the day in UTC at which one is made'),
  next: moment.nullable(),
  underway: underway.nullable(),
  freshness: freshness.nullable().describe('Null where the backups were never listed'),
  unreachable: failure.nullable(),
});
const statusAnswer = freshnessAnswer.extend({
  last: z
    .array(
      z.strictObject({
        kind,
        id: z.string().nullable(),
        at: moment,
        failure: failure.nullable(),
        result: z.looseObject({}).nullable().describe('As wp-chat backup says it with --json'),
      }),
    )
    .describe('The last of each kind since the server started'),
  backups: z.array(backup).nullable().describe('Oldest first; null where they cannot be reached'),
});

const ID: Json = { name: 'id', in: 'path', required: true, description: 'Of the backup', schema: { type: 'string' } };
const BUSY = { 409: 'Something is under way already, here or in another process' };
const REFUSED = {
  ...BUSY,
  404: 'There is no such backup',
  502: 'The place of the backups cannot be reached',
};

const onOne = (action: string, summary: string, input: z.ZodType): Operation => {
  const operation = act(`/admin/backup/:id/${action}`, summary, input, begunAnswer);
  return {
    ...operation,
    parameters: [ID],
    answers: begun(begunAnswer),
    refusals: { ...operation.refusals, ...REFUSED },
  };
};

export function backupOperations(): Operation[] {
  const create = act('/admin/backup', 'Back up what serves', backupCreateInput, begunAnswer);
  const { body, ...remove } = act(
    '/admin/backup/:id',
    'Delete a backup',
    backupDeleteInput,
    z.strictObject({ deleted: z.string() }),
  );
  return [
    {
      method: 'GET',
      path: '/admin/backup',
      tag: 'operations',
      summary: 'All backups, what is under way and what came of the last of each kind',
      answers: done('As of now', statusAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    {
      method: 'GET',
      path: '/admin/backup/status',
      tag: 'operations',
      summary: 'How old the newest sound backup is, what came since, and when a drill passed',
      answers: done('As of now', freshnessAnswer),
      refusals: { 400: BAD_PARAMETER },
    },
    { ...create, answers: begun(begunAnswer), refusals: { ...create.refusals, ...BUSY } },
    onOne('verify', 'Read every object of a backup', backupVerifyInput),
    onOne('drill', 'Restore a backup aside, ask it, compare, and remove it', backupVerifyInput),
    onOne(
      'restore',
      'Make a new generation of a backup and let it serve; what served before is kept',
      backupRestoreInput,
    ),
    {
      ...act('/admin/backup/undo', 'Let what served before the last restore serve again', backupUndoInput, begunAnswer),
      answers: begun(begunAnswer),
      refusals: { ...create.refusals, ...BUSY },
    },
    {
      ...remove,
      method: 'DELETE',
      parameters: [ID],
      body: { ...body, required: false },
      refusals: { ...remove.refusals, ...REFUSED, 409: 'It is the last sound one, or something is under way' },
    },
  ];
}
