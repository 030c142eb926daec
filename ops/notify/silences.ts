/** Which incidents did an operator ask not to be called about, until when, and why? */
import { z } from 'zod';
import { EngineError } from '../../engine/errors.ts';
import type { Silence } from './escalation/quiet.ts';
import { matchersShape } from './settings/maintenance.ts';

const SILENCES_MAX = 1000;
const MINUTES_MAX = 30 * 24 * 60;

/** As an operator asks for one. */
export const silenceSchema = z.strictObject({
  ...matchersShape,
  minutes: z.int().min(1).max(MINUTES_MAX).describe('How long'),
  reason: z.string().min(1).max(1024).describe('Why'),
});
export type SilenceRequest = z.infer<typeof silenceSchema>;

/** Plain values, kept on the disk. */
export interface Silences {
  readonly made: number;
  readonly items: readonly Silence[];
}

export const NO_SILENCES: Silences = { made: 0, items: [] };

/** The new one comes last. @throws EngineError overloaded where there are too many */
export function withSilence(before: Silences, request: SilenceRequest, author: string, nowMs: number): Silences {
  const items = inForce(before, nowMs).items;
  if (items.length >= SILENCES_MAX)
    throw new EngineError('overloaded', `There are ${items.length} silences already: end one of them first`);
  const { minutes, ...said } = request;
  const made = before.made + 1;
  const silence = { id: `silence-${made}`, author, createdMs: nowMs, endsMs: nowMs + minutes * 60_000, ...said };
  return { made, items: [...items, silence] };
}

export const withoutSilence = ({ made, items }: Silences, id: string): Silences => ({
  made,
  items: items.filter((one) => one.id !== id),
});

/** The very same where none has run out. */
export function inForce(silences: Silences, nowMs: number): Silences {
  const items = silences.items.filter(({ endsMs }) => nowMs < endsMs);
  return items.length === silences.items.length ? silences : { made: silences.made, items };
}
