/** The door: what changed since the generation was built, searchable together with it. */
export { Delta } from './delta.ts';
export type { ChangedPassage, ChangedPost } from './posts.ts';
