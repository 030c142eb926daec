/** What crosses between the process that works on backups and the one that wants it done. Plain values. */
import type { EngineConfig } from '../config.ts';
import type { Restored } from '../store/index.ts';
import type { Check } from './check.ts';
import type { DrillReport } from './drill.ts';
import type { Preview } from './preview.ts';
import type { Pruned } from './prune.ts';
import type { Listed } from './repository.ts';
import type { Policy } from './retention.ts';
import type { Snapshot } from './snapshot.ts';
import type { TargetSettings } from './target/target.ts';
import type { UndoPreview } from './undo.ts';
import type { BackupReport } from './verify.ts';

export type BackupTask =
  /** All that are there, oldest first. */
  | { readonly kind: 'list' }
  /** `force`: even where it is the last sound one. */
  | { readonly kind: 'delete'; readonly id: string; readonly force: boolean }
  /** Of what CURRENT names. With a policy, what it does not keep goes afterwards, and the objects of it. `audit` is noted in it. */
  | { readonly kind: 'create'; readonly policy: Policy | null; readonly audit?: Snapshot['audit'] }
  | { readonly kind: 'verify'; readonly id: string }
  | { readonly kind: 'preview'; readonly id: string }
  /** `discardMax`: so many posts may be lost; null for any. `swap`: whether CURRENT is to name what is restored. */
  | { readonly kind: 'restore'; readonly id: string; readonly discardMax: number | null; readonly swap: boolean }
  /** What served before the last restore; `discardMax`: so many changes may be set aside; null for any. */
  | { readonly kind: 'undo'; readonly discardMax: number | null; readonly swap: boolean; readonly dryRun: boolean }
  | { readonly kind: 'drill'; readonly id: string; readonly into: string | null }
  | { readonly kind: 'prune'; readonly policy: Policy | null; readonly dryRun: boolean };

export interface BackupJob {
  readonly task: BackupTask;
  readonly settings: TargetSettings;
  readonly config: EngineConfig;
}

/** A backup as it is told of: without the list of its objects. */
export interface BackupSummary {
  readonly id: string;
  readonly createdAt: string;
  readonly generation: Snapshot['generation'];
  /** Sequence of the last change that is in it; null where it has no journal. */
  readonly journalUpTo: number | null;
  /** History of that journal, and posts that it made other than the generation has them. */
  readonly journal: { readonly history: string; readonly changed: number; readonly damage: readonly string[] } | null;
  readonly totals: Snapshot['totals'];
  /** Where the audit log was then; null where that was not noted. */
  readonly audit: NonNullable<Snapshot['audit']> | null;
}

export const summaryOf = ({
  id,
  createdAt,
  generation,
  journalUpTo,
  journal,
  totals,
  audit,
}: Snapshot): BackupSummary => ({
  id,
  createdAt,
  generation,
  journalUpTo,
  journal: journal && { history: journal.history, changed: journal.changed, damage: journal.damage },
  totals,
  audit: audit ?? null,
});

/** One backup as it is listed; without a summary where it cannot be read, and `damage` says why. */
export interface ListedBackup {
  readonly id: string;
  readonly summary: BackupSummary | null;
  readonly damage: string | null;
  readonly check: Check | null;
}

export const listedOf = ({ id, snapshot, damage, check }: Listed): ListedBackup => ({
  id,
  summary: snapshot === null ? null : summaryOf(snapshot),
  damage,
  check,
});

/** What comes of each kind of task. */
export interface BackupResults {
  list: ListedBackup[];
  delete: { readonly deleted: string };
  /** `pruned` is null without a policy; `unpruned` is why it was not done though there was one. */
  create: { readonly backup: BackupSummary; readonly pruned: Pruned | null; readonly unpruned: string | null };
  verify: BackupReport;
  preview: Preview;
  restore: { readonly restored: Restored; readonly preview: Preview };
  /** `undone` is null where it was only looked at. Without `swap` it is what is to be done. */
  undo: { readonly undone: Restored | null; readonly preview: UndoPreview };
  drill: DrillReport;
  prune: Pruned;
}

export type BackupResult<Kind extends BackupTask['kind'] = BackupTask['kind']> = BackupResults[Kind];
