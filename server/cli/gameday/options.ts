/** What `wp-chat gameday` is asked, checked, and what of it can be played where it is. */
import { EngineError } from '../../../engine/errors.ts';
import { DECOYS, type LeftOut, SCENARIOS, type Scenario, type Stage } from '../../../ops/gameday/index.ts';
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

/** Of those that cannot be played there, why not. @throws EngineError request_invalid where none can */
export function leftOutOf(chosen: readonly Scenario[], { pid, damage }: Pick<Stage, 'pid' | 'damage'>): LeftOut[] {
  const leftOut = chosen.flatMap(({ name, trouble }): LeftOut[] => {
    if (trouble.kind === 'stop' && pid === null)
      return [{ scenario: name, why: 'only a process that gameday started is stopped' }];
    if (trouble.kind === 'damage' && damage === null)
      return [{ scenario: name, why: 'the index of that server is not where index.directory says' }];
    return [];
  });
  if (leftOut.length < chosen.length) return leftOut;
  const { scenario, why } = leftOut[0]!;
  throw new EngineError('request_invalid', `${scenario} cannot be rehearsed on that server: ${why}`, {
    field: 'url',
    remedy: 'Leave --url out, or name others',
  });
}
