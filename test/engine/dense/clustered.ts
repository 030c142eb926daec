/** Unit vectors around random centres, from a seed: neighbours exist, as they do in text. */
export interface ClusterSettings {
  readonly count: number;
  readonly dimensions: number;
  readonly clusters: number;
  readonly seed: number;
}

/** Mulberry32: small, fast and the same everywhere. */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const normal = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

export function unit(values: Iterable<number>): Float32Array {
  const vector = Float32Array.from(values);
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

export function clusteredVectors({ count, dimensions, clusters, seed }: ClusterSettings): Float32Array[] {
  const random = randomOf(seed);
  const centres = Array.from({ length: clusters }, () => Array.from({ length: dimensions }, () => normal(random)));
  return Array.from({ length: count }, () => {
    const centre = centres[Math.floor(random() * clusters)]!;
    return unit(centre.map((value) => value + 0.6 * normal(random)));
  });
}
