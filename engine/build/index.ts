/** Posts → a generation that can serve. */
export { type BuildInput, type BuildPorts, type BuildProgress, buildGeneration } from './build.ts';
export { carriedFrom } from './carried.ts';
export { Draft } from './draft.ts';
export type { EmbedTexts } from './embedding.ts';
export { finishGeneration } from './finish.ts';
export { type MergedChange, mergeGeneration } from './merge.ts';
export { type BuildModels, manifestModels, openBuildModels } from './models.ts';
export { percentOf } from './percent.ts';
export { type CutPost, cutPost, openModelsOf, type PassageToEmbed } from './prepare.ts';
export { type Comparison, type Rebuilt, rebuildGeneration } from './rebuild.ts';
