/** An operator who looks at the server all the while it is loaded: how long does he wait, and what does he see? */
import { setTimeout as pause } from 'node:timers/promises';

const EACH_MS = 50;
const PATHS = ['/stats/health', '/stats/device', '/admin/keys'];

export interface Watch {
  readonly waitsMs: readonly number[];
  /** Numbers of the rungs seen, in order of time. */
  readonly rungs: readonly number[];
}

interface Device {
  readonly load: { readonly rungNo: number };
}

const rungNow = async (url: string): Promise<number> =>
  ((await (await fetch(`${url}/stats/device`)).json()) as Device).load.rungNo;

/** @returns a function that ends it */
export function watch(url: string): () => Promise<Watch> {
  const waitsMs: number[] = [];
  const rungs: number[] = [];
  let ends = false;
  const watching = (async () => {
    for (let n = 0; !ends; n++) {
      const path = PATHS[n % PATHS.length]!;
      const startMs = performance.now();
      const response = await fetch(`${url}${path}`);
      const body = (await response.json()) as Partial<Device>;
      waitsMs.push(performance.now() - startMs);
      if (response.status !== 200) throw new Error(`${path} answered ${response.status}`);
      if (body.load !== undefined) rungs.push(body.load.rungNo);
      await pause(EACH_MS);
    }
  })();
  return async () => {
    ends = true;
    await watching;
    return { waitsMs, rungs };
  };
}

const GIVE_UP_MS = 60_000;

/** Milliseconds until the first rung is reached; then a query must get an answer. @param path of one that nobody has asked before */
export async function recoveryMs(url: string, path: string): Promise<number> {
  const startMs = performance.now();
  while ((await rungNow(url)) > 0) {
    if (performance.now() - startMs > GIVE_UP_MS) return Number.POSITIVE_INFINITY;
    await pause(EACH_MS);
  }
  const recovered = performance.now() - startMs;
  const { status } = await fetch(`${url}${path}`);
  if (status !== 200) throw new Error(`Recovered, and answered ${status}`);
  return recovered;
}
