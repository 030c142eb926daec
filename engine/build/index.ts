/** Posts → a generation that can serve. */
export { type BuildInput, type BuildPorts, type BuildProgress, buildGeneration } from './build.ts';
export { carriedFrom } from './carried.ts';
export type { EmbedTexts } from './embedding.ts';
export { type MergedChange, mergeGeneration } from './merge.ts';
export { type BuildModels, openBuildModels } from './models.ts';
export { percentOf } from './percent.ts';
export { openModelsOf, prepare } from './prepare.ts';
export { type Comparison, type Rebuilt, rebuildGeneration } from './rebuild.ts';
