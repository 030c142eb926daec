/** The post-mortem as Markdown: the same bytes for the same record. */
import { SECTIONS } from '../record/event.ts';
import type { Postmortem } from './document.ts';
import * as shown from './shown.ts';

export function postmortemMarkdown(postmortem: Postmortem): string {
  const { id, title, status, severity, authors, impact, related, sections, checklists } = postmortem;
  const parts = [
    `# ${plain(title)}`,
    [
      `- Incident: \`${id}\``,
      `- Severity: ${severity}`,
      `- State: ${postmortem.state}`,
      `- Post-mortem: ${shown.words(status)}`,
      `- Who acted: ${plain(authors.join(', '))}`,
      ...(related.length === 0 ? [] : [`- Open at the time: ${related.map((one) => `\`${one}\``).join(', ')}`]),
    ].join('\n'),
    '## Summary',
    plain(shown.summaryOf(postmortem)),
    '## Impact',
    ...(impact === null
      ? ['Not measured: the record of requests does not reach back so far.']
      : [table(shown.percentileTable(impact)), '### Error budget burned', table(shown.budgetTable(impact))]),
    '## Times',
    table(shown.timeTable(postmortem)),
    '## Timeline',
    table(shown.timelineTable(postmortem)),
    '## Actions and their effect',
    table(shown.actionTable(postmortem)),
    '## What changed in the hour before',
    table(shown.suspectTable(postmortem)),
    ...SECTIONS.flatMap((section) => [`## ${shown.heading(section)}`, written(sections[section])]),
    '## Action items',
    table(shown.itemTable(postmortem)),
    ...checklists.flatMap((list) => [`## ${list.title}`, list.items.map(box).join('\n')]),
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What people wrote is Markdown; only tags are no part of it. */
const written = (text: string | null): string =>
  text === null || text.trim() === ''
    ? '_To be written._'
    : text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').trim();

const box = ({ text, done }: Postmortem['checklists'][number]['items'][number]): string =>
  `- [${done === null ? ' ' : 'x'}] ${text}${done === null ? '' : ` (${plain(done.by)}, ${shown.moment(done.timeMs)})`}`;

function table({ head, rows }: shown.Table): string {
  if (rows.length === 0) return 'None.';
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** Text that stays text, on one line, in whatever cell it stands. */
const plain = (text: string): string =>
  text
    .replace(/[\\`*_{}[\]#|~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .join(' ');
