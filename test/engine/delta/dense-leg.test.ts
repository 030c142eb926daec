import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DenseLeg } from '../../../engine/delta/dense-leg.ts';
import { Superseded } from '../../../engine/delta/superseded.ts';
import { SegmentVectors } from '../../../engine/delta/vectors.ts';
import { codeVector, GraphWriter, loadVectors, VectorFile, Vectors } from '../../../engine/dense/index.ts';
import { LexicalWriter, loadLexical, openLexical } from '../../../engine/lexical/index.ts';
import { unit } from '../dense/clustered.ts';
import { temporaryFolders } from '../source/temporary-folder.ts';

const freshFolder = temporaryFolders();
const DIMENSIONS = 20;
const GRAPH = { dimensions: DIMENSIONS, connectivity: 16, expansionAdd: 128, expansionSearch: 256 };

type Row = Float32Array | null;

function openRows(rows: readonly Row[], withGraph: boolean): Vectors {
  const folder = freshFolder();
  const file = new VectorFile(DIMENSIONS, rows.length);
  const ids = [...rows.keys()].filter((id) => rows[id] !== null);
  for (const id of ids) file.set(id, rows[id]!);
  const path = join(folder, 'vectors.i8');
  writeFileSync(path, file.bytes);
  if (!withGraph || ids.length === 0) return new Vectors(loadVectors(path, null, 1), 0);
  const graph = new GraphWriter(GRAPH);
  graph.add(ids, Float32Array.from(ids.flatMap((id) => [...rows[id]!])), 1);
  graph.save(join(folder, 'vectors.usearch'));
  return new Vectors(loadVectors(path, { path: join(folder, 'vectors.usearch'), settings: GRAPH }, 1), 0);
}

function supersededOf(documents: number): Superseded {
  const path = join(freshFolder(), 'lexical.bin');
  const writer = new LexicalWriter({ k1: 0.9, b: 0.4 });
  for (let id = 0; id < documents; id++) writer.add(['word']);
  writer.finish().write(path);
  return new Superseded(openLexical(loadLexical(path, { workersMax: 1 }), 0));
}

const vector = fc
  .array(fc.integer({ min: -3, max: 3 }), { minLength: DIMENSIONS, maxLength: DIMENSIONS })
  .map((values) => unit(values.some((value) => value !== 0) ? values : values.map(() => 1)));
const rows = fc.array(fc.option(vector, { freq: 5 }), { minLength: 1, maxLength: 40 });

it('near vectors of a generation and its segment are those of one exact scan over what lives', () => {
  const cases = fc.record({ own: rows, changed: rows, query: vector, k: fc.integer({ min: 1, max: 90 }) });
  fc.assert(
    fc.property(cases, fc.infiniteStream(fc.boolean()), fc.boolean(), ({ own, changed, query, k }, flags, filtered) => {
      const flag = (): boolean => flags.next().value!;
      const superseded = supersededOf(own.length);
      for (const id of own.keys()) if (flag()) superseded.bury(id, ['word']);
      const segment = new SegmentVectors();
      for (const [passage, row] of changed.entries()) if (row !== null) segment.add(passage, codeVector(row));
      const allowed = [...own, ...changed].map(() => !filtered || flag());
      const filter = filtered ? new Uint8Array(Math.ceil(own.length / 8)) : null;
      for (const id of own.keys()) if (allowed[id]! && filter !== null) filter[id >> 3]! |= 1 << (id & 7);

      // The reference: one file of all vectors, in which the dead and the forbidden have none.
      const lives = (id: number): boolean => id >= own.length || superseded.lives(id);
      const all = [...own, ...changed];
      const reference = openRows(
        all.map((row, id) => (lives(id) && allowed[id]! ? row : null)),
        false,
      );
      const leg = new DenseLeg({ vectors: openRows(own, true), superseded, segment, documents: own.length });
      const found = leg.search(query, k, filter, (passage) => allowed[own.length + passage]!);
      const expected = reference.searchExactly(query, k);
      expect([[...found.ids], [...found.scores]]).toEqual([[...expected.ids], [...expected.scores]]);

      const everyone = openRows(all, false);
      const ids = Uint32Array.from(all.keys());
      expect([...leg.score(query, ids)]).toEqual([...everyone.score(query, ids)]);
      const last = all.length - 1;
      expect(leg.likeness(0, last)).toBe(Math.max(0, everyone.likeness(0, last)));
    }),
  );
});
