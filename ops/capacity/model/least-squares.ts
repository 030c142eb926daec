/**
 * Non-linear least squares: Levenberg and Marquardt's method (D. Marquardt, SIAM J. Appl. Math. 11, 1963) for a handful of
 * parameters, with derivatives by central differences.
 */

export type Residuals = (parameters: readonly number[]) => readonly number[];

export interface Fit {
  readonly parameters: readonly number[];
  readonly sumOfSquares: number;
  /** Of the parameters; null where there are no more residuals than parameters, or they do not tell all parameters apart. */
  readonly covariance: readonly (readonly number[])[] | null;
}

const ITERATIONS_MAX = 200;
const DAMPING_START = 1e-3;
const DAMPING_MAX = 1e12;
/** Ends when a step gains less than this share. */
const GAIN_MIN = 1e-12;

export function leastSquares(residuals: Residuals, start: readonly number[]): Fit {
  let parameters = [...start];
  let sum = squares(residuals(parameters));
  let damping = DAMPING_START;
  for (let n = 0; n < ITERATIONS_MAX && sum > 0 && damping < DAMPING_MAX; n++) {
    const { normal, gradient } = normalEquations(residuals, parameters);
    const damped = normal.map((row, i) => row.map((value, j) => (i === j ? value * (1 + damping) : value)));
    const step = solved(damped, gradient);
    const next = step === null ? null : parameters.map((value, i) => value - step[i]!);
    const nextSum = next === null ? Number.NaN : squares(residuals(next));
    if (next !== null && nextSum < sum) {
      const gain = 1 - nextSum / sum;
      parameters = next;
      sum = nextSum;
      damping = Math.max(damping / 10, 1e-12);
      if (gain < GAIN_MIN) break;
    } else damping *= 10;
  }
  return { parameters, sumOfSquares: sum, covariance: covarianceOf(residuals, parameters, sum) };
}

const squares = (values: readonly number[]): number => values.reduce((sum, value) => sum + value * value, 0);

/** JᵀJ and Jᵀr. */
function normalEquations(residuals: Residuals, parameters: readonly number[]) {
  const now = residuals(parameters);
  const columns = parameters.map((value, i) => {
    const h = Math.max(Math.abs(value), 1e-4) * 1e-5;
    const at = (shift: number): readonly number[] =>
      residuals(parameters.map((other, j) => (i === j ? other + shift : other)));
    const above = at(h);
    const below = at(-h);
    return above.map((one, row) => (one - below[row]!) / (2 * h));
  });
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, one, row) => sum + one * b[row]!, 0);
  return {
    normal: columns.map((a) => columns.map((b) => dot(a, b))),
    gradient: columns.map((column) => dot(column, now)),
  };
}

function covarianceOf(residuals: Residuals, parameters: readonly number[], sum: number): Fit['covariance'] {
  const freedom = residuals(parameters).length - parameters.length;
  if (freedom <= 0) return null;
  const { normal } = normalEquations(residuals, parameters);
  const columns = parameters.map((_, i) =>
    solved(
      normal,
      parameters.map((__, j) => (i === j ? 1 : 0)),
    ),
  );
  if (columns.some((column) => column === null)) return null;
  return columns.map((column) => column!.map((value) => (value * sum) / freedom));
}

/** Gaussian elimination with row pivots, after rows and columns are brought to one scale; null where it is singular. */
export function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const size = right.length;
  const scale = matrix.map((row, i) => 1 / Math.sqrt(Math.abs(row[i]!) || 1));
  const rows = matrix.map((row, i) => [...row.map((value, j) => value * scale[i]! * scale[j]!), right[i]! * scale[i]!]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    const head = rows[column]![column]!;
    if (!(Math.abs(head) > 1e-13)) return null;
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / head;
      rows[row] = rows[row]!.map((value, j) => value - factor * rows[column]![j]!);
    }
  }
  return rows.map((row, i) => (row[size]! / row[i]!) * scale[i]!);
}
