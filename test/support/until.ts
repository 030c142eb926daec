/** Waits for what another process does in its own time. */

const UNTIL_MS = 60_000;

/** Asks again until it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const endMs = Date.now() + UNTIL_MS;
  while (!(await holds())) {
    if (Date.now() > endMs) throw new Error(`Did not come to hold within ${UNTIL_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
