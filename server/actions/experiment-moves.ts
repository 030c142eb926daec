/** Taking experiments away, and giving back what was there, unless somebody has decided otherwise meanwhile. */
import { EngineError } from '../../engine/errors.ts';
import {
  type CanaryState,
  type Desk,
  type Experiment,
  experimentOf,
  isLive,
  type Move,
  MoveRefused,
} from '../canary/index.ts';

export type ActingDesk = Pick<Desk, 'act' | 'state' | 'unkept'>;

export interface Mover {
  readonly by: string;
  readonly reason: string;
}

/** @throws EngineError as the desk refuses */
export async function moved(desk: ActingDesk, move: Move, mover: Mover): Promise<CanaryState> {
  const next = await desk.act(move, mover);
  if (next instanceof MoveRefused) throw new EngineError(next.code, next.detail);
  return next;
}

/** Whether somebody gets something of it. */
export const isOn = (one: Pick<Experiment, 'phase'>): boolean => isLive(one) || one.phase === 'promoted';

/**
 * Each as it was before, where it is still as it was left.
 *
 * @param left as the act left them
 * @returns what became of it, in a sentence
 * @throws EngineError canary_stopped while everything is stopped; and as the desk refuses
 */
export async function givenBack(
  desk: ActingDesk,
  { before, left }: { readonly before: readonly Experiment[]; readonly left: CanaryState },
  mover: Mover,
): Promise<string> {
  const told: string[] = [];
  for (const one of before) {
    const now = experimentOf(desk.state, one.name);
    if (now === undefined || now.revision !== experimentOf(left, one.name)?.revision) {
      told.push(`${one.name} was changed meanwhile and stays as it is`);
      continue;
    }
    for (const move of movesTo(one)) await moved(desk, move, mover);
    told.push(`${one.name} is ${one.phase}${isLive(one) ? ` at ${one.percentage} %` : ''} again`);
  }
  return told.join('; ');
}

/** From one that is off. */
function movesTo({ name, phase, percentage, stepped }: Experiment): Move[] {
  if (phase === 'promoted') return [{ kind: 'promote', name }];
  const moves: Move[] = [{ kind: 'enable', name, given: {}, percentage }];
  if (stepped) moves.push({ kind: 'rollout', name, to: 'steps' });
  if (phase !== 'running') moves.push({ kind: 'pause', name });
  return moves;
}

/** Which incident it is about, for the record of the experiments. */
export const reasonOf = (what: string, incidentId: string | null): string =>
  incidentId === null ? what : `${what}, for incident ${incidentId}`;

/** What is to be added where it holds but is not on the disk. */
export const unkeptNote = ({ unkept }: ActingDesk): string =>
  unkept === null ? '' : `; a restart would not know of it (${unkept})`;
