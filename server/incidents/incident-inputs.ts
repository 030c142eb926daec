/** What may be asked about incidents, as it is validated and described. Names that callers of the runbook know are taken, too. */
import { z } from 'zod';
import { CHECKLIST_ITEMS, itemSchema, POSTMORTEM_STATUSES, SECTIONS } from '../../ops/incidents/index.ts';
import { INCIDENT_TYPES, SEVERITIES } from '../../ops/index.ts';

const NAME_CHARS_MAX = 100;
const TEXT_CHARS_MAX = 10_000;
const COMPONENTS_MAX = 20;
const ITEMS_MAX = 50;

const text = (about: string) => z.string().max(TEXT_CHARS_MAX).describe(about);
const name = z.string().min(1).max(NAME_CHARS_MAX);
const flag = (about: string) => z.stringbool().or(z.boolean()).default(false).describe(about);

const who = {
  assigned_to: name.optional().describe('A name, beside the key that it was done with'),
  expected_version: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .describe('The version that was seen: where the incident has changed since, it is left alone (409)'),
};

export const noInput = z.strictObject({});
export const detectInput = z.strictObject({
  incident_type: z.enum(INCIDENT_TYPES).describe('Which of the eight of the runbook'),
  severity: z.enum(SEVERITIES).optional().describe("As in the runbook's quick reference where it is not given"),
  description: text('What was seen').default(''),
  affected_components: z
    .union([
      z.array(name).max(COMPONENTS_MAX),
      z.string().transform((list) => list.split(',').map((one) => one.trim())),
    ])
    .transform((list) => list.filter((one) => one !== ''))
    .default([])
    .describe('What it concerns; what such an incident usually concerns where not given'),
  assigned_to: who.assigned_to,
});
export const acknowledgeInput = z.strictObject(who);
export const noteInput = z.strictObject({ ...who, text: text('What is to be known').min(1) });
export const resolveInput = z.strictObject({
  ...who,
  notes: text('What was done, or why it is over').optional(),
  resolution_notes: text('The same').optional(),
});
export const executeInput = z.strictObject({
  action_id: name.describe('One of those that procedures lists, or any other that there is'),
  parameters: z.looseObject({}).default({}).describe('As its schema says'),
  confirm: flag('That it is meant; needed where the action may cost answers or data'),
  dry_run: flag('Only say what would happen'),
  assigned_to: who.assigned_to,
});
export const undoInput = z.strictObject({ run: name.describe('Which execution'), assigned_to: who.assigned_to });
export const postmortemInput = z.strictObject({
  format: z.enum(['json', 'markdown', 'html']).optional().describe('In place of Accept'),
});
export const writeUpInput = z.strictObject({
  ...who,
  status: z.enum(POSTMORTEM_STATUSES).optional().describe('draft → in_review → reviewed → closed'),
  sections: z.partialRecord(z.enum(SECTIONS), text('Markdown')).default({}).describe('What people write'),
  checklists: z.partialRecord(z.enum(CHECKLIST_ITEMS), z.boolean()).default({}).describe('Whether it is done'),
  items: z.array(itemSchema.strict()).max(ITEMS_MAX).default([]).describe('New ones, and those of an id that is known'),
});
