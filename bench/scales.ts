/** The values of every parameter: small ones that show a benchmark runs, and those that measure. */
export const SCALES = {
  smoke: {
    site: { posts: 6, queries: 2 },
    serving: { seconds: 0.06, connections: [1, 4], rounds: 1 },
    indexing: { posts: 4, rounds: 1 },
    memory: { workers: [1, 2], warmupSeconds: 0.2, rounds: 1 },
    micro: { milliseconds: 5, rounds: 1 },
    recording: { seconds: 0.1, rounds: 2, simulatedSeconds: 30, requestsPerSecond: 100 },
  },
  full: {
    site: { posts: 100, queries: 40 },
    serving: { seconds: 3, connections: [1, 8, 32], rounds: 3 },
    indexing: { posts: 100, rounds: 3 },
    memory: { workers: [1, 2, 3, 4], warmupSeconds: 5, rounds: 1 },
    micro: { milliseconds: 400, rounds: 5 },
    recording: { seconds: 5, rounds: 8, simulatedSeconds: 600, requestsPerSecond: 50_000 },
  },
} as const;
