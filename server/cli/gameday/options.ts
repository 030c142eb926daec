/** What `wp-chat gameday` is asked, checked, and what of it can be played where it is. */
import { EngineError } from '../../../engine/errors.ts';
import { DECOYS, SCENARIOS, type Scenario, type Stage } from '../../../ops/gameday/index.ts';
import { numberOf } from '../bench-options.ts';
import type { LiveOptions } from '../live.ts';

export interface GamedayOptions extends LiveOptions {
  readonly only?: string;
  readonly decoys?: string;
  readonly seed?: string;
  readonly out?: string;
}

const SEED_MAX = 2 ** 31 - 1;

export const seedOf = ({ seed }: GamedayOptions): number =>
  seed === undefined ? Date.now() % SEED_MAX : numberOf('seed', seed, { low: 0, high: SEED_MAX, whole: true });

/** @throws EngineError request_invalid with option, value and what there is */
export function chosenOf({ only, decoys }: GamedayOptions): Scenario[] {
  const chosen = [...namedBy('only', only, SCENARIOS), ...namedBy('decoys', decoys, DECOYS)];
  if (chosen.length > 0) return chosen;
  throw new EngineError('request_invalid', '--only and --decoys: expected something to rehearse, got: none and none', {
    field: 'only',
    remedy: 'Name a fault or a decoy',
  });
}

function namedBy(option: string, text: string | undefined, all: readonly Scenario[]): readonly Scenario[] {
  if (text === undefined) return all;
  if (text === 'none') return [];
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !all.some((one) => one.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names.includes(name));
  const expected = `none, or names separated by commas: ${all.map(({ name }) => name).join(', ')}`;
  throw new EngineError('request_invalid', `--${option}: expected ${expected}, got: ${unknown}`, {
    field: option,
    value: unknown,
    expected,
  });
}

/** Those that can be played there; of the others it is told why not. */
export const playable = (
  scenarios: readonly Scenario[],
  { pid, damage }: Pick<Stage, 'pid' | 'damage'>,
  told: (name: string, why: string) => void,
): Scenario[] =>
  scenarios.filter(({ name, trouble }) => {
    const why =
      trouble.kind === 'stop' && pid === null
        ? 'only a process that gameday started is stopped'
        : trouble.kind === 'damage' && damage === null
          ? 'the index of that server is not where index.directory says'
          : null;
    if (why !== null) told(name, why);
    return why === null;
  });
