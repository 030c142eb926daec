/** The one door to Piscina: threads that answer queries, and threads that embed passages for a build. */
export { type EmbedPool, openEmbedPool } from './embed-pool.ts';
export { type EnginePool, openPool, slotsFor, type WorkerReport } from './engine-pool.ts';
