/**
 * How does throughput grow with concurrency? The Universal Scalability Law (N. Gunther, 1993) in its three parameters:
 *
 * ```
 * X(N) = λN / (1 + σ(N − 1) + κN(N − 1))      λ  a second, at one request in the system
 *                                             σ  what is done one after the other: waiting for the same worker or lock
 *                                             κ  what each costs every other: shared caches, memory, cores
 * ```
 *
 * N counts those who wait, so a single worker that serves exponential times is σ = 0.5 by itself, and constant times σ = 1.
 */
import { leastSquares, solved } from './least-squares.ts';
import { studentT } from './student.ts';

export interface UslPoint {
  /** In the system on average. */
  readonly concurrency: number;
  /** A second. */
  readonly throughput: number;
  /** How many requests the two were counted over: chance is the smaller the more there were. */
  readonly requests: number;
}

export interface UslParameters {
  readonly lambda: number;
  readonly sigma: number;
  readonly kappa: number;
}

/** With its 95 % interval; equal ends where the value is held at the border of what is possible. */
export interface Estimate {
  readonly value: number;
  /** Null where there are too few points for an interval. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface UslFit {
  readonly parameters: UslParameters;
  readonly lambda: Estimate;
  readonly sigma: Estimate;
  readonly kappa: Estimate;
  /** The highest throughput, a second: at `peakConcurrency`, or in the limit where that is null; null where it has no end. */
  readonly peak: Estimate | null;
  readonly peakConcurrency: number | null;
  /** Share of the variance of throughput that the law explains. */
  readonly rSquared: number;
  /** Beyond it, whatever the law says is extrapolated. */
  readonly concurrencyMax: number;
}

/** Points below which three parameters say nothing. */
export const USL_POINTS_MIN = 4;
const TAILS = 0.05;

export const uslThroughput = ({ lambda, sigma, kappa }: UslParameters, n: number): number =>
  (lambda * n) / (1 + sigma * (n - 1) + kappa * n * (n - 1));

/** Values that a parameter is held at; NaN leaves it free. */
type Held = readonly [lambda: number, sigma: number, kappa: number];
const FREE = Number.NaN;
const HOLDS: readonly Held[] = [
  [FREE, FREE, FREE],
  [FREE, FREE, 0],
  [FREE, 0, FREE],
  [FREE, 1, FREE],
  [FREE, 0, 0],
  [FREE, 1, 0],
];

/** Of all fits with parameters inside or at the border of what is possible, the closest. Null with too few points. */
export function fitUsl(points: readonly UslPoint[]): UslFit | null {
  if (points.length < USL_POINTS_MIN) return null;
  const fits = HOLDS.map((held) => fitHeld(points, held)).filter(({ parameters: { lambda, sigma, kappa } }) => {
    return lambda > 0 && sigma >= 0 && sigma <= 1 && kappa >= 0;
  });
  fits.sort((a, b) => a.sumOfSquares - b.sumOfSquares);
  return fits[0] === undefined ? null : described(points, fits[0]);
}

interface HeldFit {
  readonly parameters: UslParameters;
  readonly sumOfSquares: number;
  /** Of all three; zeros for held ones. Null where there are too few points. */
  readonly covariance: readonly (readonly number[])[] | null;
  readonly freedom: number;
}

function fitHeld(points: readonly UslPoint[], held: Held): HeldFit {
  const free = [0, 1, 2].filter((at) => Number.isNaN(held[at]!));
  const whole = (values: readonly number[]): UslParameters => {
    const [lambda, sigma, kappa] = held.map((value, at) => (Number.isNaN(value) ? values[free.indexOf(at)]! : value));
    return { lambda: lambda!, sigma: sigma!, kappa: kappa! };
  };
  const start = linearised(points);
  const fit = leastSquares(
    (values) => {
      const parameters = whole(values);
      return points.map(
        ({ concurrency, throughput, requests }) =>
          (uslThroughput(parameters, concurrency) / throughput - 1) * Math.sqrt(requests),
      );
    },
    free.map((at) => start[at]!),
  );
  const spread = (i: number, j: number): number =>
    free.includes(i) && free.includes(j) ? fit.covariance![free.indexOf(i)]![free.indexOf(j)]! : 0;
  return {
    parameters: whole(fit.parameters),
    sumOfSquares: fit.sumOfSquares,
    covariance: fit.covariance === null ? null : [0, 1, 2].map((i) => [0, 1, 2].map((j) => spread(i, j))),
    freedom: points.length - free.length,
  };
}

/** N/X is linear in 1/λ, σ/λ and κ/λ: near enough to begin with. */
function linearised(points: readonly UslPoint[]): [number, number, number] {
  const rows = points.map(({ concurrency: n, throughput, requests }) => {
    const weight = Math.sqrt(requests) / (n / throughput);
    return { basis: [1, n - 1, n * (n - 1)].map((value) => value * weight), right: (n / throughput) * weight };
  });
  const normal = [0, 1, 2].map((i) =>
    [0, 1, 2].map((j) => rows.reduce((sum, { basis }) => sum + basis[i]! * basis[j]!, 0)),
  );
  const right = [0, 1, 2].map((i) => rows.reduce((sum, row) => sum + row.basis[i]! * row.right, 0));
  const [inverse, sigma, kappa] = solved(normal, right) ?? [];
  const lightest = points[0]!.throughput / points[0]!.concurrency;
  if (inverse === undefined || inverse <= 0) return [lightest, 0.5, 0.001];
  const inside = (value: number, high: number): number => Math.min(high, Math.max(1e-6, value));
  return [1 / inverse, inside(sigma! / inverse, 0.99), inside(kappa! / inverse, 1)];
}

function described(points: readonly UslPoint[], { parameters, covariance, freedom }: HeldFit): UslFit {
  const t = covariance === null ? 0 : studentT(TAILS, freedom);
  const values = [parameters.lambda, parameters.sigma, parameters.kappa];
  const estimate = (of: (values: readonly number[]) => number, low: number, high: number): Estimate => {
    const value = of(values);
    if (covariance === null) return { value, low: null, high: null };
    const margin = t * deviation(of, values, covariance);
    return { value, low: Math.max(low, value - margin), high: Math.min(high, value + margin) };
  };
  const { sigma, kappa } = parameters;
  const peakConcurrency = kappa > 0 && sigma < 1 ? Math.max(1, Math.sqrt((1 - sigma) / kappa)) : null;
  const peakOf = ([lambda, s, k]: readonly number[]): number =>
    peakConcurrency === null
      ? lambda! / s!
      : uslThroughput({ lambda: lambda!, sigma: s!, kappa: k! }, Math.max(1, Math.sqrt(Math.max(0, 1 - s!) / k!)));
  return {
    parameters,
    lambda: estimate(([lambda]) => lambda!, 0, Number.POSITIVE_INFINITY),
    sigma: estimate(([, s]) => s!, 0, 1),
    kappa: estimate(([, , k]) => k!, 0, Number.POSITIVE_INFINITY),
    peak: sigma === 0 && kappa === 0 ? null : estimate(peakOf, 0, Number.POSITIVE_INFINITY),
    peakConcurrency,
    rSquared: explained(points, parameters),
    concurrencyMax: Math.max(...points.map(({ concurrency }) => concurrency)),
  };
}

/** Standard deviation of a function of the parameters, by the delta method. */
function deviation(
  of: (values: readonly number[]) => number,
  values: readonly number[],
  covariance: readonly (readonly number[])[],
): number {
  const slopes = values.map((value, at) => {
    // A parameter at its border has no spread, and must not be moved across it.
    if (covariance[at]![at] === 0) return 0;
    const h = Math.max(Math.abs(value), 1e-6) * 1e-4;
    const moved = (shift: number): readonly number[] => values.map((other, i) => (i === at ? other + shift : other));
    return (of(moved(h)) - of(moved(-h))) / (2 * h);
  });
  let variance = 0;
  for (const [i, a] of slopes.entries()) for (const [j, b] of slopes.entries()) variance += a * b * covariance[i]![j]!;
  return Math.sqrt(Math.max(0, variance));
}

function explained(points: readonly UslPoint[], parameters: UslParameters): number {
  const mean = points.reduce((sum, { throughput }) => sum + throughput, 0) / points.length;
  const sum = (of: (point: UslPoint) => number): number => points.reduce((all, point) => all + of(point) ** 2, 0);
  const left = sum(({ concurrency, throughput }) => throughput - uslThroughput(parameters, concurrency));
  const whole = sum(({ throughput }) => throughput - mean);
  return whole === 0 ? 1 : 1 - left / whole;
}
