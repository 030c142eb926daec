/**
 * Slack's incoming webhooks: a message of blocks, with a text for where those are not shown.
 *
 * `&`, `<` and `>` are written as Slack wants them, so that nobody's text becomes a link or calls a channel (`<!channel>`).
 */
import type { Notice } from '../notice.ts';
import { block, escaped, line } from '../text.ts';
import { componentsOf, instantOf, linkOf, numbersOf, SOURCE } from './facts.ts';
import type { HttpReceiver } from './http-channel.ts';
import { type HttpRequest, JSON_TYPE } from './http-request.ts';

/** One message a second and channel is what it takes. */
export const SLACK_PACE_MS = 1100;

/** Its limits, in characters and pieces. */
const HEADER_MAX = 150;
const SECTION_MAX = 3000;
const FIELD_MAX = 2000;
const FIELDS_MAX = 10;
/** It recommends so many for the text, and cuts at ten times of it. */
const TEXT_MAX = 4000;

const SIGN = { critical: '🔴', high: '🟠', medium: '🟡', low: '🔵' } as const;

export const slack = (webhookUrl: string): HttpReceiver => ({
  requestOf: (notice) => slackRequest(notice, webhookUrl),
  isTaken: ({ status, body }) => status === 200 && body.trim() === 'ok',
});

export function slackRequest(notice: Notice, webhookUrl: string): HttpRequest {
  const head = `${notice.state === 'resolved' ? '✅' : SIGN[notice.severity]} ${notice.state}: ${line(notice.title, SECTION_MAX)}`;
  const summary = mrkdwn(block(notice.summary, SECTION_MAX), SECTION_MAX);
  const fields = fieldsOf(notice);
  const body = {
    text: mrkdwn(head, TEXT_MAX),
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: line(head, HEADER_MAX), emoji: true } },
      ...(summary.trim() === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: summary } }]),
      { type: 'section', fields: fields.map((text) => ({ type: 'mrkdwn', text })) },
      { type: 'context', elements: [{ type: 'mrkdwn', text: contextOf(notice) }] },
    ],
  };
  return { url: webhookUrl, headers: JSON_TYPE, body: JSON.stringify(body) };
}

function fieldsOf(notice: Notice): string[] {
  const all: [string, string][] = [
    ['Severity', notice.severity],
    ['Level', String(notice.level)],
    ['Started', instantOf(notice.startedMs)],
    ['Ended', notice.endedMs === null ? '' : instantOf(notice.endedMs)],
    ['Components', componentsOf(notice, FIELD_MAX / 2)],
    ...numbersOf(notice).map(([name, value]): [string, string] => [name, String(value)]),
  ];
  return all
    .filter(([, value]) => value !== '')
    .slice(0, FIELDS_MAX)
    .map(([name, value]) => mrkdwn(`*${name}*\n${value}`, FIELD_MAX));
}

function contextOf({ incidentId, links }: Notice): string {
  const parts = [
    `${SOURCE} ${mrkdwn(line(incidentId, 200), 1000)}`,
    ...(['dashboard', 'runbook'] as const).map((name) => linkTo(links[name], name)),
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** A bar or an angle would end the address. */
function linkTo(address: string, name: string): string {
  const link = linkOf(address);
  if (link === null) return '';
  const bare = link.replaceAll('|', '%7C').replaceAll('>', '%3E').replaceAll('<', '%3C').replaceAll('&', '&amp;');
  // Two of these and the id must fit a context.
  return bare.length > LINK_MAX ? '' : `<${bare}|${name}>`;
}
const LINK_MAX = 900;

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const mrkdwn = (text: string, unitsMax: number): string => escaped(text, unitsMax, (point) => ENTITIES[point] ?? point);
