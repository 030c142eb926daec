/** What an operator may ask of notices and silences, as it is validated and described. */
import { z } from 'zod';
import { silenceSchema } from '../../ops/notify/index.ts';

const NAME_CHARS_MAX = 64;

export const notifyInput = z.strictObject({});
export const notifyTestInput = z.strictObject({
  channel: z.string().min(1).max(NAME_CHARS_MAX).describe('Name of the channel, as incidents.notify.channels has it'),
});
export const silencesInput = z.strictObject({});
export const silenceInput = silenceSchema;
export const silenceEndInput = z.strictObject({
  id: z.string().min(1).max(NAME_CHARS_MAX).describe('Of the silence, as the list has it'),
});
