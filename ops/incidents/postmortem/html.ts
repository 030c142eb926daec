/** The post-mortem as one page that needs nothing else: no script, no font, no picture from elsewhere. */
import { createHash } from 'node:crypto';
import { SECTIONS } from '../record/event.ts';
import type { Postmortem } from './document.ts';
import { escaped } from './escaped.ts';
import { type Plot, plotSvg } from './plot.ts';
import * as shown from './shown.ts';

const STYLE = `:root{color-scheme:light dark;--ink:#1c2128;--quiet:#4c5562;--page:#fff;--rule:#d9dee5}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf2;--quiet:#aab3c0;--page:#14181f;--rule:#2b323d}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);max-width:60rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid var(--rule);vertical-align:top}
td{overflow-wrap:anywhere}pre{white-space:pre-wrap;font:inherit}svg{max-width:100%;font:12px system-ui,sans-serif}svg text{fill:var(--quiet)}svg .name{fill:var(--ink)}
.grid{stroke:var(--rule)}.line{fill:none;stroke-width:2}.s0{stroke:#0b62a4}.s1{stroke:#b4430a;stroke-dasharray:6 3}.mark{stroke:var(--ink);stroke-dasharray:2 3}
@media(prefers-color-scheme:dark){.s0{stroke:#6db8ff}.s1{stroke:#ff9d5c}}ul.boxes{list-style:none;padding:0}`;

/** Allows what the page holds, and nothing else. */
export const documentPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

export function postmortemHtml(postmortem: Postmortem): string {
  const { id, title, status, severity, authors, impact, related, checklists } = postmortem;
  const facts: [string, string][] = [
    ['Incident', id],
    ['Severity', severity],
    ['State', postmortem.state],
    ['Post-mortem', shown.words(status)],
    ['Who acted', authors.join(', ')],
    ...(related.length === 0 ? [] : [['Open at the time', related.join(', ')] as [string, string]]),
  ];
  const sections = SECTIONS.map((section) => part(shown.heading(section), written(postmortem.sections[section])));
  const body = [
    `<h1>${escaped(title)}</h1>`,
    `<dl>${facts.map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`,
    part('Summary', `<p>${escaped(shown.summaryOf(postmortem))}</p>`),
    part(
      'Impact',
      impact === null
        ? '<p>Not measured: the record of requests does not reach back so far.</p>'
        : impactOf(postmortem, impact),
    ),
    part('Times', table(shown.timeTable(postmortem))),
    part('Timeline', table(shown.timelineTable(postmortem))),
    part('Actions and their effect', table(shown.actionTable(postmortem))),
    part('What changed in the hour before', table(shown.suspectTable(postmortem))),
    ...sections,
    part('Action items', table(shown.itemTable(postmortem))),
    ...checklists.map((list) => part(list.title, `<ul class="boxes">${list.items.map(box).join('')}</ul>`)),
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><main>
${body.join('\n')}
</main></body></html>
`;
}

function impactOf(postmortem: Postmortem, impact: NonNullable<Postmortem['impact']>): string {
  const { points } = postmortem;
  const middle = ({ startMs, lengthMs }: (typeof points)[number]): number => startMs + lengthMs / 2;
  const marks = marksOf(postmortem);
  const told = marks.map(({ name, timeMs }) => `${name} at ${shown.moment(timeMs)}`).join('; ');
  const failed: Plot = {
    title: 'Failed searches',
    description: `Share of searches that failed. ${told}`,
    unit: '%',
    series: [
      {
        name: 'failed',
        points: points.map((point) => [middle(point), point.valid > 0 ? (point.failed / point.valid) * 100 : null]),
      },
    ],
    marks,
  };
  const latency: Plot = {
    title: 'Time to answer',
    description: `Median and 95th percentile of answered searches. ${told}`,
    unit: 'ms',
    series: [
      { name: 'p50', points: points.map((point) => [middle(point), point.p50Ms]) },
      { name: 'p95', points: points.map((point) => [middle(point), point.p95Ms]) },
    ],
    marks,
  };
  return [
    table(shown.percentileTable(impact)),
    '<h3>Error budget burned</h3>',
    table(shown.budgetTable(impact)),
    `<figure>${plotSvg(failed, 'failed')}</figure>`,
    `<figure>${plotSvg(latency, 'latency')}</figure>`,
  ].join('\n');
}

/** Only what lies in the measured stretch. */
function marksOf({ times, points }: Postmortem): { name: string; timeMs: number }[] {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return [];
  const all = {
    detected: times.detectedMs,
    acknowledged: times.acknowledgedMs,
    'first action': times.mitigatingMs,
    mitigated: times.mitigatedMs,
    resolved: times.resolvedMs,
  };
  return Object.entries(all).flatMap(([name, timeMs]) =>
    timeMs !== null && timeMs >= first.startMs && timeMs <= last.startMs + last.lengthMs ? [{ name, timeMs }] : [],
  );
}

const part = (title: string, content: string): string => `<section><h2>${escaped(title)}</h2>\n${content}</section>`;

const written = (text: string | null): string =>
  text === null || text.trim() === '' ? '<p><em>To be written.</em></p>' : `<pre>${escaped(text.trim())}</pre>`;

function table({ head, rows }: shown.Table): string {
  if (rows.length === 0) return '<p>None.</p>';
  const cells = (tag: string, row: readonly string[]): string =>
    row.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('');
  return `<table><thead><tr>${cells('th', head)}</tr></thead><tbody>${rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('')}</tbody></table>`;
}

const box = ({ text, done }: Postmortem['checklists'][number]['items'][number]): string =>
  `<li>${done === null ? '☐' : '☑'} ${escaped(text)}${done === null ? '' : ` <small>${escaped(done.by)}, ${shown.moment(done.timeMs)}</small>`}</li>`;
