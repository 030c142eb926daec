/** How many random cases a property is held against: `SOAK=20` makes it twenty times as many as every run of all tests tries. */

const SOAK = Number(process.env['SOAK'] ?? 1);

export const runs = (usual: number): { readonly numRuns: number } => ({ numRuns: usual * SOAK });
