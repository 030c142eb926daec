/** Content in: a live WordPress, an export file or JSONL, as posts; and the store that keeps them between runs. */
export {
  type DocumentChange,
  type DocumentRecord,
  documentChangeSchema,
  documentSchema,
  recordOf,
} from './jsonl/document.ts';
export { openSource } from './open-source.ts';
export type { SourceLimits, SourceOptions } from './options.ts';
export { PostStore } from './post-store.ts';
export { type SyncReport, syncSource } from './sync-source.ts';
export type { KnownPost, KnownPosts, Source, SourceEvent, SourceKind, SourcePost, SourceState } from './types.ts';
export { credentialsFromEnv, type SourceCredentials } from './wordpress/credentials.ts';
export { SITE_POSTS_MAX, type SitePosts, sitePosts } from './wordpress/site-posts.ts';
