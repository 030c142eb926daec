/** The one door to Piscina: threads that answer queries, and threads that embed passages for a build. */
export { type EmbedPool, openEmbedPool } from './embed-pool.ts';
export { type EnginePool, openPool, type RestartSettings, slotsFor } from './engine-pool.ts';
export type { Arming, ChangeFeed, ModelsReport } from './engine-thread.ts';
export { type Found, KeeperGone, type Kept, openKeeper } from './keeper.ts';
export { openPreparePool, type PrepareModels, type PreparePool } from './prepare-pool.ts';
