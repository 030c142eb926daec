/**
 * Who gets which arms, while the state is as it is? Made anew with each change of the state, so that a request asks only for what may differ
 * between people; where nothing may, all requests share one answer to it.
 */
import type { Variant } from '../../engine/variant.ts';
import type { Assigned } from './answered.ts';
import {
  type ArmName,
  type Assign,
  type AssignmentReason,
  assigner,
  CANARY,
  CONTROL,
  type Subject,
} from './assignment/index.ts';
import { type CanaryState, type Experiment, isLive } from './state.ts';
import { variantOf } from './variants.ts';

/** What a request is given of all experiments. */
export interface Given {
  readonly assignments: readonly Assigned[];
  /** Of the arms, in the order of the experiments; the same array for as long as the same is given. */
  readonly variants: readonly string[];
  /** Tells answers of different arms apart, whatever the experiments are called. */
  readonly key: string;
  /** For records: the canaries of live experiments, or `control`. */
  readonly label: string;
  /** For the caller. */
  readonly header: string;
  /** The live experiment of which both arms are to answer in one list; null where there is none. */
  readonly interleaves: string | null;
}

export interface Asker {
  readonly subject: Subject;
  /** Arms by experiment that the request asks for itself, and may; null where it does not. */
  readonly asked: ReadonlyMap<string, string> | null;
}

interface Part {
  readonly experiment: Experiment;
  readonly variants: Readonly<Record<ArmName, Variant | null>>;
  /** Where all get the same. */
  readonly settled: Assigned | null;
  readonly assign: Assign;
}

/** Of combinations that are kept ready; far more than live experiments have. */
const KEPT_MAX = 4096;

export class Board {
  /** What everybody is given; null where people are told apart. */
  readonly settled: Given | null;
  readonly #parts: readonly Part[];
  readonly #stopped: boolean;
  readonly #random: () => number;
  readonly #kept = new Map<string, Given>();
  readonly #givenOf: WeakMap<readonly string[], Given>;
  readonly #amended = new WeakMap<readonly string[], Given>();

  /** @param givenOf what the variants of a request were given for: of this board, and of those before it */
  constructor(
    { stop, experiments }: CanaryState,
    givenOf: WeakMap<readonly string[], Given> = new WeakMap(),
    random: () => number = Math.random,
  ) {
    this.#givenOf = givenOf;
    this.#random = random;
    this.#stopped = stop !== null;
    this.#parts = experiments.map((experiment) => partOf(experiment, this.#stopped));
    const all = this.#parts.map(({ settled }) => settled);
    this.settled = all.every((one) => one !== null) ? this.#givenFor(all) : null;
  }

  givenTo({ subject, asked }: Asker): Given {
    if (this.settled !== null) return this.settled;
    const random = this.#random;
    return this.#givenFor(
      this.#parts.map(({ settled, experiment: { name }, assign }): Assigned => {
        if (settled !== null) return settled;
        const { arm, reason } = assign({ subject, asked: asked?.get(name) ?? null, random });
        return { experiment: name, arm: arm as ArmName, reason };
      }),
    );
  }

  /** What workers are to answer such arms with. */
  variantsOf(assignments: readonly Assigned[]): readonly string[] {
    return this.#givenFor(assignments).variants;
  }

  /** The same but for one experiment, of which the other arm. */
  flipped(given: Given, name: string): Given {
    return this.#givenFor(
      given.assignments.map((one) =>
        one.experiment === name ? { ...one, arm: one.arm === CANARY ? CONTROL : CANARY } : one,
      ),
    );
  }

  /** What is left of what this board or one before it gave: nothing new of an experiment that gives it to nobody any more. */
  amended(variants: readonly string[]): readonly string[] {
    const before = this.#givenOf.get(variants);
    if (before === undefined || this.#kept.get(before.header) === before) return variants;
    const known = this.#amended.get(variants);
    if (known !== undefined) return known.variants;
    const given = this.#givenFor(
      this.#parts.map(({ experiment: { name }, settled }): Assigned => {
        const had = before.assignments.find(({ experiment }) => experiment === name);
        if (had === undefined || (settled?.arm === CONTROL && had.arm === CANARY))
          return { experiment: name, arm: CONTROL, reason: this.#stopped ? 'stopped' : 'disabled' };
        return had;
      }),
    );
    this.#amended.set(variants, given);
    return given.variants;
  }

  /** What was really given, where an answer was made with other variants than were asked for. */
  asServed(given: Given, applied: readonly string[]): Given {
    if (isSameList(given.variants, applied)) return given;
    return this.#givenFor(
      given.assignments.map((one): Assigned => {
        const variants = this.#parts.find(({ experiment }) => experiment.name === one.experiment)?.variants;
        const has = (arm: ArmName): boolean => applied.includes(variants?.[arm]?.name ?? '');
        const wanted = variants?.[one.arm] ?? null;
        const served = wanted === null ? !has(one.arm === CANARY ? CONTROL : CANARY) : has(one.arm);
        return served ? one : { ...one, arm: CONTROL, reason: 'stopped' };
      }),
    );
  }

  variantOf(name: string, arm: ArmName): Variant | null {
    return this.#parts.find(({ experiment }) => experiment.name === name)?.variants[arm] ?? null;
  }

  #givenFor(assignments: readonly (Assigned | null)[]): Given {
    const all = assignments.filter((one) => one !== null);
    const header = all.map(({ experiment, arm, reason }) => `${experiment}=${arm};reason=${reason}`).join(', ');
    const known = this.#kept.get(header);
    if (known !== undefined) return known;
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    const variants = all
      .map(({ experiment, arm }) => this.variantOf(experiment, arm)?.name)
      .filter((name) => name !== undefined);
    const canaries = all
      .filter(({ experiment, arm }) => arm === CANARY && this.#isLive(experiment))
      .map(({ experiment }) => experiment);
    const given: Given = {
      assignments: all,
      variants,
      key: variants.length === 0 ? CONTROL : variants.join('+'),
      label: canaries.length === 0 ? CONTROL : canaries.join('+'),
      header,
      interleaves: all.find((one) => this.#isInterleaved(one))?.experiment ?? null,
    };
    this.#kept.set(header, given);
    this.#givenOf.set(variants, given);
    return given;
  }

  #isInterleaved({ experiment, reason }: Assigned): boolean {
    const one = this.#parts.find((part) => part.experiment.name === experiment)?.experiment;
    return reason === 'split' && one !== undefined && isLive(one) && one.definition.interleave;
  }

  #isLive(name: string): boolean {
    return this.#parts.some(({ experiment }) => experiment.name === name && isLive(experiment));
  }
}

function partOf(experiment: Experiment, isStopped: boolean): Part {
  const { name, definition, percentage, phase } = experiment;
  const variants = { control: variantOf(experiment, CONTROL), canary: variantOf(experiment, CANARY) };
  const of = (arm: ArmName, reason: AssignmentReason): Assigned => ({ experiment: name, arm, reason });
  const settled = isStopped
    ? of(CONTROL, 'stopped')
    : isLive(experiment)
      ? null
      : phase === 'promoted'
        ? of(CANARY, 'promoted')
        : of(CONTROL, 'disabled');
  const assign = assigner({
    ...definition,
    percentage,
    holdBack: definition.holdBackPercent,
    arms: [{ name: CANARY, weight: 1 }],
  });
  return { experiment, variants, settled, assign };
}

const isSameList = (one: readonly string[], other: readonly string[]): boolean =>
  one === other || (one.length === other.length && one.every((each, at) => each === other[at]));
