/**
 * What does it cost to record and judge every request?
 *
 * Measured: the CPU time a request takes in the real server process with the judge on and off, in the same rounds, order
 * alternating; one sample alone in a hot loop; and the judge's memory over a simulated day of heavy traffic (`day.ts`).
 * Not measured: dashboards that are open, exports.
 * Corpus: the bundled sample site and its queries, answered by BM25 from warm caches: the cheapest requests the server has,
 * so that the share is the largest it can be.
 */
import {
  type BenchResult,
  cpuMsOf,
  hashOf,
  type Launch,
  Rounds,
  ratio,
  runBenchmark,
  type Scale,
} from '../harness/index.ts';
import { sampleRecording } from '../micro/sample-recording.ts';
import type { SampleSite } from '../sample-site.ts';
import { type ServerProcess, startServer } from '../server-process.ts';
import { type Client, openClient } from '../serving/index.ts';
import { simulateDay } from './day.ts';

export interface RecordingOptions {
  readonly scale: Scale;
  /** Of each load. */
  readonly seconds: number;
  readonly rounds: number;
  /** Simulated seconds at `requestsPerSecond`. */
  readonly simulatedSeconds: number;
  readonly requestsPerSecond: number;
  readonly launch: Launch;
  readonly site: SampleSite;
  readonly progress: (note: string) => void;
}

const CONNECTIONS = 8;
const SAMPLES = 2_000_000;
const CPU_US = 'CPU us/request';
const JUDGED = { subject: 'server with the judge', condition: `bm25 warm, ${CONNECTIONS} connections` };
const BARE = { ...JUDGED, subject: 'server without the judge' };

const ABOUT = [
  'CPU time a request of the whole server process, with `ops.enabled` on and off, on BM25 answers from warm caches: the cheapest requests there are.',
  'A sample: counting it, its client among the top talkers and its stages, in a loop of its own. The simulated day runs the judge itself with a clock of its own.',
];

export function benchRecording(options: RecordingOptions): Promise<BenchResult> {
  const { scale, seconds, rounds, simulatedSeconds, requestsPerSecond } = options;
  const parameters = { seconds, rounds, connections: CONNECTIONS, simulatedSeconds, requestsPerSecond };
  return runBenchmark({ name: 'recording', about: ABOUT, scale, parameters }, async () => {
    const results = new Rounds();
    await measureServers(options, results);
    for (let round = 0; round < rounds; round++) {
      results.add(
        { subject: 'a sample', condition: 'hot loop' },
        { ns: nsPerSample(scale === 'smoke' ? 1000 : SAMPLES) },
      );
    }
    options.progress(`recording: ${simulatedSeconds} simulated seconds of ${requestsPerSecond} requests`);
    const day = await simulateDay(simulatedSeconds, requestsPerSecond);
    results.add({ subject: 'simulated day', condition: `${requestsPerSecond} requests/s` }, day.metrics);
    const share = ratio(
      'CPU of a request, judged over bare',
      results.of(JUDGED, CPU_US),
      results.of(BARE, CPU_US),
      'lower',
    );
    return { workSha256: hashOf([day.counted]), measures: results.measures(), ratios: [share] };
  });
}

async function measureServers(
  { launch, site, seconds, rounds, progress }: RecordingOptions,
  results: Rounds,
): Promise<void> {
  const opened: ServerProcess[] = [];
  const client = openClient();
  try {
    for (const enabled of [true, false])
      opened.push(await startServer(launch, site, ['server.workers=1', `ops.enabled=${enabled}`]));
    const [judged, bare] = opened as [ServerProcess, ServerProcess];
    const paths = site.queries.map((query) => `/search?q=${encodeURIComponent(query)}&mode=bm25&rerank=false`);
    for (const { port } of opened) await load(client, port, paths, seconds);
    for (let round = 0; round < rounds; round++) {
      progress(`recording: round ${round + 1} of ${rounds}`);
      const pair = [
        [JUDGED, judged],
        [BARE, bare],
      ] as const;
      for (const [subject, server] of round % 2 === 0 ? pair : pair.toReversed()) {
        const beforeMs = cpuMsOf(server.pid);
        const { requests, perSecond } = await load(client, server.port, paths, seconds);
        results.add(subject, {
          [CPU_US]: ((cpuMsOf(server.pid) - beforeMs) * 1000) / requests,
          'requests/s': perSecond,
        });
      }
    }
  } finally {
    await Promise.all([...opened.map((server) => server.stop()), client.close()]);
  }
}

const load = (client: Client, port: number, paths: readonly string[], seconds: number) =>
  client.run({ port, paths, connections: CONNECTIONS, seconds, requestsPerSecond: null });

function nsPerSample(samples: number): number {
  const record = sampleRecording();
  for (let n = 0; n < samples / 4; n++) record();
  const startMs = performance.now();
  for (let n = 0; n < samples; n++) record();
  return ((performance.now() - startMs) * 1e6) / samples;
}
