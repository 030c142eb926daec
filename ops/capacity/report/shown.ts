/** Numbers as a reader takes them in: three significant digits, or whole where they are larger. */
export const shown = (value: number): string =>
  Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
