/** What is asked of the documents that change while they are searched. */
import type { Operation, Outcome } from '../../engine/changes/index.ts';
import type { SourcePost } from '../../engine/source/index.ts';

export interface LivingDocument {
  readonly version: number;
  readonly document: SourcePost;
}

export interface LivingDocuments {
  /** One outcome for each, in their order; what it says is durable. @throws EngineError draining, or what the index throws: nothing was done */
  applyAll(operations: readonly Operation[]): Promise<Outcome[]>;
  /** As it is durable; null where there is none. */
  get(id: string): Promise<LivingDocument | null>;
  /** Resolves when every worker searches with it. */
  visible(version: number): Promise<void>;
}
