/** An incident as mail: one thread an incident, plain text with a simple page beside it, nothing of it able to become a header. */
import { createHash } from 'node:crypto';
import type { Notice } from '../notice.ts';
import { block, line } from '../text.ts';
import { componentsOf, instantOf, linkOf, numbersOf, SOURCE } from './facts.ts';

const SUBJECT_MAX = 200;
const BODY_MAX = 20_000;

export interface MailTerms {
  readonly from: string;
  readonly to: readonly string[];
}

export interface MailMessage extends MailTerms {
  readonly subject: string;
  /** In angle brackets. */
  readonly messageId: string;
  /** That of the first mail of the incident; null in that one. */
  readonly inReplyTo: string | null;
  readonly text: string;
  readonly html: string;
  readonly important: boolean;
}

/** @param key the same for each attempt, and so is the Message-ID: a client that gets a mail twice can tell */
export function mailOf(notice: Notice, key: string, { from, to }: MailTerms): MailMessage {
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const thread = `<${digest(notice.incidentId)}@${domain}>`;
  const isFirst = notice.state === 'opened';
  return {
    from,
    to,
    // The same words in each of them, as some clients gather by these.
    subject: line(`[${notice.severity}] ${notice.title}`, SUBJECT_MAX),
    messageId: isFirst ? thread : `<${digest(notice.incidentId)}.${digest(key)}@${domain}>`,
    inReplyTo: isFirst ? null : thread,
    text: textOf(notice),
    html: htmlOf(notice),
    important: notice.severity === 'critical' || notice.severity === 'high',
  };
}

/** An id may be anything; of this there is nothing but digits. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 24);

const factsOf = (notice: Notice): [name: string, value: string][] =>
  [
    ['State', notice.state],
    ['Severity', notice.severity],
    ['Level', String(notice.level)],
    ['Started', instantOf(notice.startedMs)],
    ['Ended', notice.endedMs === null ? '' : instantOf(notice.endedMs)],
    ['Components', componentsOf(notice, 1000)],
    ...numbersOf(notice).map(([name, value]) => [name, String(value)]),
    ['Dashboard', linkOf(notice.links.dashboard) ?? ''],
    ['Runbook', linkOf(notice.links.runbook) ?? ''],
    ['Incident', line(notice.incidentId, 200)],
  ].filter((fact): fact is [string, string] => fact[1] !== '');

function textOf(notice: Notice): string {
  const facts = factsOf(notice).map(([name, value]) => `${name}: ${value}`);
  return [
    `${notice.state}: ${line(notice.title, 1000)}`,
    '',
    block(notice.summary, BODY_MAX),
    '',
    ...facts,
    '',
    SOURCE,
    '',
  ].join('\n');
}

function htmlOf(notice: Notice): string {
  const rows = factsOf(notice).map(
    ([name, value]) => `<tr><th align="left">${html(name)}</th><td>${linkedIfAddress(value)}</td></tr>`,
  );
  return [
    '<!doctype html><html><head><meta charset="utf-8"></head><body>',
    `<h2>${html(`${notice.state}: ${line(notice.title, 1000)}`)}</h2>`,
    `<p style="white-space:pre-wrap">${html(block(notice.summary, BODY_MAX))}</p>`,
    `<table>${rows.join('')}</table>`,
    `<p>${SOURCE}</p></body></html>`,
  ].join('\n');
}

const linkedIfAddress = (value: string): string =>
  linkOf(value) === value ? `<a href="${html(value)}">${html(value)}</a>` : html(value);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const html = (text: string): string => text.replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!);
