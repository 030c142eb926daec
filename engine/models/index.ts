/** Model directories: what a model says of itself, whether its files are sound, and how they get here. */
export { type AddOptions, addModel } from './add.ts';
export { readCard } from './card-file.ts';
export { findModel, listModels, type ModelListing, modelDir } from './catalogue.ts';
export type { DownloadLimits } from './download.ts';
export type { InstallResult } from './install.ts';
export { KNOWN_MODELS, type KnownModel } from './known-models.ts';
export { type EmbedCard, type ModelCard, type ModelInput, type RerankCard, speaks } from './model-card.ts';
export {
  DEFAULT_DOWNLOAD_LIMITS,
  DEFAULT_MODELS_URL,
  MODELS_URL_ENV,
  modelsBaseUrl,
  type PullOptions,
  type PullProgress,
  type PullResult,
  pullModel,
  requireKnownModel,
} from './pull.ts';
export { TextFeeds } from './text-feeds.ts';
export {
  type FileReport,
  type FileState,
  requireFile,
  requireSound,
  type VerifyReport,
  verifyModel,
} from './verify.ts';
