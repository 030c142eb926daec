/** Any row of operations, crashes, restarts, merges and refusals of the disk: is it what a map would say? */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Changes, Operation } from '../../../engine/changes/index.ts';
import { failingDisk } from '../../support/disk/failing-disk.ts';
import { SimulatedDisk } from '../../support/disk/simulated-disk.ts';
import { abandoned } from '../journal/journals.ts';
import { Reference } from './reference.ts';
import { document, handClock, living, MapBase, openSite } from './sites.ts';

const id = fc.constantFrom('a', 'b', 'c', 'd');
const text = fc.constantFrom('one', 'two', 'three '.repeat(60));
const conditions = {
  // Versions are small in so short a row, so some of these are met.
  ifVersion: fc.option(
    fc.oneof(fc.constantFrom('absent' as const, 'present' as const), fc.integer({ min: 1, max: 12 })),
  ),
  key: fc.option(fc.constantFrom('k', 'l', 'm')),
};
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('put' as const),
    document: fc.tuple(id, text).map(([of, words]) => document(of, words)),
    ifChanged: fc.boolean(),
    ...conditions,
  }),
  fc.record({ kind: fc.constant('patch' as const), id, fields: text.map((words) => ({ text: words })), ...conditions }),
  fc.record({ kind: fc.constant('delete' as const), id, ...conditions }),
);

type Step =
  | { readonly kind: 'apply'; readonly operations: readonly Operation[] }
  | { readonly kind: 'crash' | 'restart' | 'merge' | 'mergeLate' }
  | { readonly kind: 'refuse'; readonly operations: readonly Operation[] }
  | { readonly kind: 'wait'; readonly ms: number };

const operations = fc.array(operation, { minLength: 1, maxLength: 5 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('apply' as const), operations }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('crash' as const, 'restart' as const, 'merge' as const, 'mergeLate' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('refuse' as const), operations }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(400, 900) }) },
);

class Site {
  readonly base = new MapBase();
  readonly clock = handClock();
  readonly reference = new Reference();
  #refusing = false;
  #disk = new SimulatedDisk();
  #changes!: Changes;

  async start(): Promise<void> {
    const { disk } = failingDisk(this.#disk, {
      code: 'EIO',
      at: 0,
      lasting: true,
      fails: (method) => this.#refusing && method === 'sync',
    });
    const { changes, recovery } = await openSite(disk, { base: this.base, clock: this.clock });
    expect(recovery.damage).toEqual([]);
    this.#changes = changes;
  }

  async take(step: Step): Promise<void> {
    if (step.kind === 'apply') await this.#apply(step.operations);
    else if (step.kind === 'refuse') await this.#refuse(step.operations);
    else if (step.kind === 'wait') this.clock.wall += step.ms;
    else if (step.kind === 'merge' || step.kind === 'mergeLate') {
      await this.base.merge(this.#changes);
      const { sequence } = this.base.covered!;
      this.#changes.merged(sequence);
      if (step.kind === 'merge') await this.#changes.removeJournal(sequence);
    } else {
      if (step.kind === 'restart') await this.#changes.close();
      this.#disk = abandoned(this.#disk);
      await this.start();
    }
    expect(living(this.#changes, this.base)).toEqual(this.reference.documents);
  }

  async #apply(operations: readonly Operation[]): Promise<void> {
    const before = this.#changes.status.durableSequence;
    const outcomes = await this.#changes.applyAll(operations);
    let last = before;
    for (const [at, outcome] of outcomes.entries()) {
      const isNew = 'replayed' in outcome && outcome.kind !== 'unchanged' && !outcome.replayed;
      const version = isNew ? outcome.version : -1;
      if (version !== -1) {
        expect(version).toBeGreaterThan(last);
        last = version;
      }
      expect(outcome).toEqual(this.reference.apply(operations[at]!, version, this.clock.wall));
    }
    expect(this.#changes.status.durableSequence).toBe(last);
  }

  /** What would have changed something is refused, and what rests on nothing durable too; nothing is different then. */
  async #refuse(operations: readonly Operation[]): Promise<void> {
    this.#refusing = true;
    const outcomes = await this.#changes.applyAll(operations);
    this.#refusing = false;
    for (const [at, outcome] of outcomes.entries()) {
      const asked = operations[at]!;
      // Compared with what was durable before, not with what was refused beside it.
      if (outcome.kind === 'unchanged' && asked.kind === 'put')
        expect(this.reference.documents.get(asked.document.id)).toMatchObject({ text: asked.document.text });
      else if ('replayed' in outcome) expect(outcome.replayed).toBe(true);
    }
    // The next segment is begun, so that a crash does not bring back what was refused: that doubt has a test of its own.
    await this.#changes.apply({ kind: 'put', document: document('a', 'one'), ifVersion: null, key: null });
    const version = this.#changes.status.durableSequence;
    this.reference.apply(
      { kind: 'put', document: document('a', 'one'), ifVersion: null, key: null },
      version,
      this.clock.wall,
    );
  }
}

it('the living documents are what a map says, through any crashes and merges', async () => {
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
    const site = new Site();
    await site.start();
    for (const step of steps) await site.take(step);
  });
  await fc.assert(property, { numRuns: Number(process.env['CHANGES_RUNS'] ?? 300) });
});
