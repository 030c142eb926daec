/** Which objectives does an OpenSLO file ask for? Whatever we could not keep is refused, with its line and what to do. */
import { EngineError } from '../../../engine/errors.ts';
import type { BurnTier } from '../burn-tiers.ts';
import type { Objective } from '../objective.ts';
import { type Cursor, cursorsOf } from './cursor.ts';
import { API_VERSION, isName, KINDS, type Kind, OBJECTIVES_MAX } from './kinds.ts';
import { readPolicy } from './read-policy.ts';
import { readSlo } from './read-slo.ts';

export interface Judgement {
  readonly objectives: readonly Objective[];
  readonly tiers: readonly BurnTier[];
}

type Named = Map<string, Cursor>;

/**
 * @param file its name, for refusals
 * @param tiers pairs of windows whose rates hold where the file has no policy for them
 * @throws EngineError config_invalid: the first fault of each document, a line each
 */
export function readOpenSlo(text: string, file: string, tiers: readonly BurnTier[]): Judgement {
  const faults = new Faults(file);
  const named = Object.fromEntries(KINDS.map((kind) => [kind, new Map()])) as Record<Kind, Named>;
  for (const cursor of cursorsOf(text, file)) faults.of(() => sort(cursor, named));
  const indicators: Named = new Map();
  for (const [name, sli] of named.SLI) faults.of(() => void indicators.set(name, sli.at('spec')));
  const found = new Map<string, BurnTier>();
  for (const policy of named.AlertPolicy.values()) {
    faults.of(() => {
      const tier = readPolicy(policy, named.AlertCondition, tiers);
      if (found.has(tier.severity))
        throw policy.at('metadata').at('name').fault(`one policy for ${tier.severity}`, 'Take one of them out');
      found.set(tier.severity, tier);
    });
  }
  const objectives: Objective[] = [];
  for (const [name, slo] of named.SLO) {
    faults.of(() => {
      objectives.push(readSlo(name, slo, indicators));
      requireAllPolicies(slo, named.AlertPolicy);
    });
  }
  faults.requireNone();
  if (objectives.length === 0 || objectives.length > OBJECTIVES_MAX)
    throw new EngineError(
      'config_invalid',
      `${file}: expected 1 to ${OBJECTIVES_MAX} documents of kind SLO, got ${objectives.length}`,
      { file, field: 'kind', value: objectives.length, remedy: 'See wp-chat slo export --format openslo' },
    );
  return { objectives, tiers: tiers.map((tier) => found.get(tier.severity) ?? tier) };
}

function sort(object: Cursor, named: Readonly<Record<Kind, Named>>): void {
  object.only('apiVersion', 'kind', 'metadata', 'spec');
  object.at('apiVersion').oneOf([API_VERSION], 'Convert the file to version 1');
  const kind = object.at('kind').oneOf(KINDS, 'Take the document out: it means nothing here');
  const at = object.at('metadata').only('name', 'displayName', 'labels', 'annotations').at('name');
  const name = at.text('a name', isName, 'Use at most 63 lower-case letters, digits and dashes');
  if (named[kind].has(name)) throw at.fault(`a name that no other ${kind} has`, 'Rename one of them');
  named[kind].set(name, object);
}

/** The pairs of windows watch all objectives alike. */
function requireAllPolicies(slo: Cursor, policies: Named): void {
  const spec = slo.at('spec');
  const list = spec.find('alertPolicies');
  const wanted = new Set(policies.keys());
  const items = list?.value === 'a list of 0' ? [] : (list?.items(policies.size + 1) ?? []);
  for (const item of items) {
    const name = item.only('alertPolicyRef').at('alertPolicyRef');
    wanted.delete(
      name.text(
        [...policies.keys()].join(' or ') || 'an AlertPolicy of this file',
        (text) => policies.has(text),
        'Add the AlertPolicy to the file, or take the reference out',
      ),
    );
  }
  if (wanted.size > 0)
    throw (list ?? spec).fault(
      `all policies of the file in alertPolicies: ${[...wanted].join(', ')} missing`,
      'Name them: every policy watches every objective',
    );
}

class Faults {
  readonly #file: string;
  readonly #found: EngineError[] = [];

  constructor(file: string) {
    this.#file = file;
  }

  /** Whatever is refused is kept for later, so that all of it can be shown at once. */
  of(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#found.push(error);
    }
  }

  requireNone(): void {
    const [first, ...more] = this.#found;
    if (first === undefined) return;
    if (more.length === 0) throw first;
    const lines = this.#found.map(({ message, place: { remedy } }) => `${message}: ${remedy}`);
    throw new EngineError('config_invalid', lines.join('\n'), { file: this.#file });
  }
}
