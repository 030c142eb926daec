/** What is said about backups on a terminal. */
import type {
  BackupReport,
  BackupSummary,
  DrillReport,
  Freshness,
  Listed,
  Preview,
  Pruned,
  Restored,
  UndoPreview,
} from '../../engine/backup/index.ts';
import { table } from './command.ts';

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

export function createdText(
  { id, generation, journalUpTo, journal, totals }: BackupSummary,
  { place, unpruned, pruned }: { place: string; unpruned: string | null; pruned: Pruned | null },
): string {
  const { bytes, bytesAdded, objects, objectsAdded } = totals;
  return [
    `Backup ${id} of generation ${generation.name} (${generation.counts.posts} posts) in ${place}`,
    ...(journal === null
      ? []
      : [`  journal up to change ${journalUpTo}: ${journal.changed} posts other than in the generation`]),
    ...(journal?.damage ?? []).map((detail) => `  The journal is damaged, and was copied as it is: ${detail}`),
    `  size   ${mebibytes(bytes)} in ${objects} objects`,
    `  added  ${mebibytes(bytesAdded)} in ${objectsAdded} objects, each read back`,
    ...(pruned === null ? [] : [`  ${prunedText(pruned, false)}`]),
    ...(unpruned === null ? [] : [`  Older ones were not removed: ${unpruned}`]),
  ].join('\n');
}

export function listText(listed: readonly Listed[], place: string): string {
  if (listed.length === 0) return `No backups: ${place}`;
  const rows = listed.map(({ id, snapshot, damage, check }) =>
    snapshot === null
      ? [id, '', '', '', '', `damaged: ${damage}`]
      : [
          id,
          snapshot.generation.name,
          String(snapshot.generation.counts.posts),
          mebibytes(snapshot.totals.bytes),
          mebibytes(snapshot.totals.bytesAdded),
          stateText(check),
        ],
  );
  return [
    `Backups in ${place}, oldest first`,
    table([['ID', 'GENERATION', 'POSTS', 'SIZE', 'ADDED', 'STATE'], ...rows]),
  ].join('\n');
}

function stateText(check: Listed['check']): string {
  if (check === null) return 'never verified';
  const verified = check.sound ? `sound at ${check.verifiedAt}` : `damaged: ${check.detail}`;
  if (check.drill === null) return verified;
  return `${verified}, drill ${check.drill.passed ? 'passed' : 'failed'} at ${check.drill.at}`;
}

export function verifiedText({ id, sound, detail, missing, damaged, objects, bytes }: BackupReport): string {
  if (sound) return `Backup ${id} is sound: ${objects} objects, ${mebibytes(bytes)}, each as it was written`;
  return [
    `Backup ${id} is damaged: ${detail}`,
    ...missing.map((sha256) => `  missing  ${sha256}`),
    ...damaged.map((sha256) => `  damaged  ${sha256}`),
    'The next wp-chat backup create writes what it still has of them again',
  ].join('\n');
}

export function previewText(preview: Preview): string {
  const { backup, createdAt, posts, changed, bytes, serving, differences, changesSince, models } = preview;
  const behind = changed === 0 ? '' : ` and ${changed} changed since in its journal`;
  const head = `Backup ${backup} of ${createdAt}: ${posts} posts${behind}, ${mebibytes(bytes)}`;
  if (differences === null) return [head, '  Nothing serves that it could be compared with', ...models].join('\n');
  const row = (what: string, { count, ids }: { count: number; ids: readonly string[] }): string[] => [
    `  ${count}`,
    what,
    ids.length === 0 ? '' : `${ids.join(', ')}${count > ids.length ? ' …' : ''}`,
  ];
  return [
    `${head}; generation ${serving} serves`,
    'What happened since, and would be undone:',
    table([
      row('added, would be gone', differences.added),
      row('changed, would be as they were', differences.changed),
      row('deleted, would be back', differences.deleted),
    ]),
    ...(changesSince === null ? [] : [`Changes acknowledged since: ${changesSince}`]),
    ...models,
  ].join('\n');
}

export const restoredText = ({
  restored: { backup, generation, before },
  preview: { models },
}: {
  restored: Restored;
  preview: Preview;
}): string =>
  [
    `Generation ${generation} is to serve, made of backup ${backup} and verified; before it was ${before ?? 'none'}`,
    'A running server goes over by itself (index.watchMs)',
    ...models,
    ...(before === null ? [] : ['To take it back: wp-chat backup undo']),
  ].join('\n');

export function undoPreviewText({ backup, serving, before, restoredAt, changesSince }: UndoPreview): string {
  const since = changesSince === 0 ? '' : `; ${changesSince} changes that came since would be set aside`;
  return `Generation ${before} would serve again in the place of ${serving}, made of backup ${backup} at ${restoredAt}${since}`;
}

export const undoneText = ({ generation, before }: Restored): string =>
  [
    `Generation ${generation} is to serve again, with its own journal; ${before} is kept with its`,
    'A running server goes over by itself (index.watchMs)',
  ].join('\n');

/** In the largest unit of which there are two or more. */
function ageText(seconds: number): string {
  const [unit, size] = AGE_UNITS.find((each) => seconds >= 2 * each[1]) ?? ['s', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}

const AGE_UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
] as const;

export function freshnessText({ newest, changesSince, drill, drillPassedAt }: Freshness): string {
  const since = changesSince === null ? 'not known, it is of another history' : String(changesSince);
  return [
    newest === null
      ? 'There is no sound backup'
      : `Newest sound backup: ${newest.id} of ${newest.createdAt}, ${ageText(newest.ageS)} old`,
    ...(newest === null ? [] : [`Changes acknowledged since: ${since}`]),
    drill === null
      ? 'No drill yet: wp-chat backup drill'
      : `Last drill: ${drill.id} at ${drill.at}, ${drill.passed ? 'passed' : `failed: ${drill.detail}`}`,
    ...(drill === null || drill.passed ? [] : [`A drill passed last: ${drillPassedAt ?? 'never'}`]),
  ].join('\n');
}

export function drillText({ id, passed, detail, answers, bytes, seconds }: DrillReport): string {
  const head = `Drill of backup ${id} ${passed ? 'passed' : 'FAILED'} in ${seconds.toFixed(1)} s: `;
  if (answers === null) return `${head}${detail}`;
  const { titles, vectors } = answers;
  return [
    `${head}${mebibytes(bytes)} restored, verified, asked and removed`,
    `  titles   ${titles.asked} asked, ${titles.same} answered as when it was backed up, ${titles.first} with their own post first`,
    `  vectors  ${vectors.asked} asked, ${vectors.same} answered as when it was backed up`,
    ...(detail === null ? [] : [`  ${detail}`]),
  ].join('\n');
}

export function prunedText({ forgotten, kept, objects, bytes, objectsYoung }: Pruned, dryRun: boolean): string {
  const would = dryRun ? 'Would remove' : 'Removed';
  const young = objectsYoung === 0 ? '' : `; ${objectsYoung} more are too young`;
  return [
    `${would} ${forgotten.length} backups and ${objects} objects (${mebibytes(bytes)})${young}; ${kept.length} backups stay`,
    ...forgotten.map((id) => `  ${id}  goes`),
    ...kept.map(({ id, reasons }) => `  ${id}  stays${reasons.length === 0 ? '' : ` (${reasons.join(', ')})`}`),
  ].join('\n');
}
