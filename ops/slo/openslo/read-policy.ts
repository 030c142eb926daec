/** An AlertPolicy of OpenSLO as the rate of one of our pairs of windows, or a refusal. */
import type { BurnTier } from '../burn-tiers.ts';
import { shorthandOf } from '../durations.ts';
import { BURN } from '../settings.ts';
import type { Cursor } from './cursor.ts';
import { SHORT_WINDOW } from './kinds.ts';

/**
 * @param conditions the file's AlertConditions, by name
 * @returns the pair of its severity, with the rate of the policy
 */
export function readPolicy(
  policy: Cursor,
  conditions: ReadonlyMap<string, Cursor>,
  tiers: readonly BurnTier[],
): BurnTier {
  const spec = policy
    .at('spec')
    .only(
      'description',
      'alertWhenNoData',
      'alertWhenResolved',
      'alertWhenBreaching',
      'conditions',
      'notificationTargets',
    );
  spec.find('alertWhenNoData')?.oneOf([false], 'A detector of its own sees that data are missing');
  spec.at('alertWhenBreaching').oneOf([true], 'An alert that never fires is none');
  return tierOf(conditionOf(spec.at('conditions').items(1)[0]!, conditions), tiers);
}

function conditionOf(condition: Cursor, conditions: ReadonlyMap<string, Cursor>): Cursor {
  const reference = condition.find('conditionRef');
  if (reference === null) {
    condition.only('kind', 'metadata', 'spec').at('kind').oneOf(['AlertCondition'], 'Nothing else is a condition');
    return condition;
  }
  condition.only('conditionRef');
  const name = reference.text(
    [...conditions.keys()].join(' or ') || 'the name of an AlertCondition in this file',
    (text) => conditions.has(text),
    'Add the AlertCondition to the file, or write it inline',
  );
  return conditions.get(name)!;
}

function tierOf(object: Cursor, tiers: readonly BurnTier[]): BurnTier {
  const spec = object.at('spec').only('description', 'severity', 'condition');
  const severity = spec.at('severity').oneOf(
    tiers.map((tier) => tier.severity),
    'Name one of the four severities of the runbook',
  );
  const tier = tiers.find((one) => one.severity === severity)!;
  const condition = spec.at('condition').only('kind', 'op', 'threshold', 'lookbackWindow', 'alertAfter');
  condition.find('kind')?.oneOf(['burnrate'], 'Only rates of burning are watched');
  condition.find('op')?.oneOf(['gt'], 'It fires above the threshold');
  const fixed = `The windows of ${severity} are fixed`;
  condition.at('lookbackWindow').oneOf([shorthandOf(tier.longS)], fixed);
  condition.find('alertAfter')?.oneOf(['0m'], 'The shorter window does what waiting would: it fires at once');
  object
    .find('metadata')
    ?.find('annotations')
    ?.find(SHORT_WINDOW)
    ?.oneOf([shorthandOf(tier.shortS)], fixed);
  const burnMax = condition.at('threshold').number(BURN.low, BURN.high, 'A rate of 1 spends just the budget');
  return { ...tier, burnMax };
}
