/** docs/OPERATIONS.md says what the program does: what of it is made of the program is made anew here, and must be the same. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROCEDURES } from '../../../ops/actions/index.ts';
import { createDetectors } from '../../../ops/detect/index.ts';
import { INCIDENT_TYPES } from '../../../ops/index.ts';
import { opsSchema } from '../../../ops/settings.ts';
import { type ActionFacts, OPERATIONS_FILE, renewed } from '../../../server/runbook/index.ts';
import { SYMPTOMS } from '../../../server/runbook/symptoms.ts';
import { documentedActions } from '../../operations/documented-actions.ts';

const FACTS: ActionFacts[] = [
  ...new Set(
    Object.values(PROCEDURES)
      .flat()
      .map(({ actionId }) => actionId),
  ),
].map((id) => ({
  ...{ id, title: `Do ${id}`, about: 'Costs a | b.', risk: 'low', command: `wp-chat ${id} | head` },
  ...{ timeBudgetMs: 30_000, cooldownMs: 10_000 },
}));

describe('what is made of the program', () => {
  it('stands between its two comments, and nothing else is touched', () => {
    const document = 'before\n<!-- made: actions high_latency -->\nold\n<!-- end -->\nafter';
    const lines = renewed(document, FACTS).split('\n');
    expect([lines[0], lines.at(-2), lines.at(-1)]).toEqual(['before', '<!-- end -->', 'after']);
    expect(lines.join('\n')).not.toContain('old');
    expect(lines[5]).toBe(
      '| 1 | Do disable_rerank<br>`disable_rerank` | Costs a \\| b. | `wp-chat disable_rerank \\| head` | 30 s, again after 10 s | low | by itself: critical, high, medium |',
    );
    expect(renewed(lines.join('\n'), FACTS)).toBe(lines.join('\n'));
  });

  it.each([
    ['<!-- made: nothing -->\n<!-- end -->', 'Nothing is made under that name: nothing'],
    ['<!-- made: symptoms fire -->\n<!-- end -->', 'There is no incident of that name: fire'],
    ['<!-- made: severities -->', 'has no end'],
  ])('%s is refused', (document, why) => {
    expect(() => renewed(document, FACTS)).toThrow(why);
  });

  it('names an action that there is not', () => {
    expect(() => renewed('<!-- made: actions high_latency -->\n<!-- end -->', [])).toThrow('disable_rerank');
  });

  it('tells of every detector, under the incident that it belongs to', () => {
    const { detectors } = opsSchema.parse({});
    const { watched } = createDetectors(detectors, { availabilityTarget: 0.995, latencyTarget: 0.95 });
    for (const { detector, incident } of watched)
      expect(
        SYMPTOMS[incident].map((one) => one.detector),
        detector,
      ).toContain(detector);
    for (const type of INCIDENT_TYPES) expect(SYMPTOMS[type].length, type).toBeGreaterThan(0);
  });

  it('is the same in docs/OPERATIONS.md: make operations makes it anew', async () => {
    const document = readFileSync(OPERATIONS_FILE, 'utf8');
    await expect(renewed(document, documentedActions())).toMatchFileSnapshot(OPERATIONS_FILE);
  });

  it('the document asks for all of it', () => {
    const document = readFileSync(OPERATIONS_FILE, 'utf8');
    for (const type of INCIDENT_TYPES)
      for (const what of ['symptoms', 'actions']) expect(document).toContain(`<!-- made: ${what} ${type} -->\n`);
    for (const what of ['quick-reference', 'severities']) expect(document).toContain(`<!-- made: ${what} -->\n`);
  });
});
