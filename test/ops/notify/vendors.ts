/**
 * What each vendor's API says of a body: null where it takes it, else what is wrong with it. Every limit that is documented, counted in
 * code points as they do.
 */
import { strictEqual } from 'node:assert';

type Json = Record<string, unknown>;
type Check = (body: string, path: string, headers: Readonly<Record<string, string | string[] | undefined>>) => void;

const count = (text: string): number => [...text].length;

function text(value: unknown, max: number, min = 0): void {
  strictEqual(typeof value, 'string');
  const long = count(value as string);
  if (long > max || long < min) throw new RangeError(`${min} to ${max} characters, not ${long}`);
  if (/[\ud800-\udfff]/u.test(value as string)) throw new RangeError('half of a pair');
}

function only(value: Json, names: readonly string[]): void {
  for (const name of Object.keys(value)) if (!names.includes(name)) throw new RangeError(`unknown: ${name}`);
}

const one = (value: unknown, ...allowed: unknown[]): void => {
  if (!allowed.includes(value)) throw new RangeError(`one of ${allowed.join()}, not ${String(value)}`);
};

function link(value: unknown, max: number): void {
  text(value, max, 1);
  one(new URL(value as string).protocol, 'http:', 'https:');
}

/** RFC 3339, as each of them reads it. */
function instant(value: unknown): void {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value)))
    throw new RangeError(`no instant: ${String(value)}`);
}

/** Events API v2. */
export const pagerDutyTakes: Check = (body, path) => {
  one(path, '/v2/enqueue', '/v2/change/enqueue');
  if (Buffer.byteLength(body) > 512_000) throw new RangeError('larger than 512,000 bytes');
  const event = JSON.parse(body) as Json;
  if (path === '/v2/change/enqueue') {
    only(event, ['routing_key', 'payload', 'links']);
    text(event['routing_key'], 32, 1);
    const change = event['payload'] as Json;
    only(change, ['summary', 'source', 'timestamp', 'custom_details']);
    text(change['summary'], 1024, 1);
    text(change['source'], 255, 1);
    instant(change['timestamp']);
    return;
  }
  only(event, ['routing_key', 'event_action', 'dedup_key', 'client', 'client_url', 'images', 'links', 'payload']);
  text(event['routing_key'], 32, 1);
  one(event['event_action'], 'trigger', 'acknowledge', 'resolve');
  text(event['dedup_key'], 255);
  if (event['event_action'] !== 'trigger') return;
  const payload = event['payload'] as Json;
  only(payload, ['summary', 'source', 'severity', 'timestamp', 'component', 'group', 'class', 'custom_details']);
  text(payload['summary'], 1024, 1);
  text(payload['source'], 255, 1);
  one(payload['severity'], 'critical', 'error', 'warning', 'info');
  instant(payload['timestamp']);
  for (const name of ['component', 'group', 'class']) text(payload[name], 255, 1);
  for (const each of event['links'] as Json[]) link(each['href'], 2048);
  if ('client_url' in event) link(event['client_url'], 2048);
};

/** Alert API v2. */
export const opsgenieTakes: Check = (body, path, headers) => {
  if (!/^GenieKey [\x21-\x7e]+$/.test(String(headers['authorization']))) throw new RangeError('no key');
  const alert = JSON.parse(body) as Json;
  const url = new URL(path, 'http://opsgenie.example');
  if (url.pathname !== '/v2/alerts') {
    const [, , , alias, verb] = url.pathname.split('/');
    one(verb, 'acknowledge', 'close', 'notes');
    text(decodeURIComponent(alias!), 512);
    one(url.searchParams.get('identifierType'), 'alias');
    only(alert, ['user', 'source', 'note']);
    text(alert['source'], 100);
    text(alert['user'], 100);
    text(alert['note'], 25_000);
    return;
  }
  only(alert, ['message', 'alias', 'description', 'tags', 'details', 'entity', 'source', 'priority']);
  text(alert['message'], 130, 1);
  text(alert['alias'], 512);
  text(alert['description'], 15_000);
  text(alert['entity'], 512);
  text(alert['source'], 100);
  one(alert['priority'], 'P1', 'P2', 'P3', 'P4', 'P5');
  const tags = alert['tags'] as string[];
  if (tags.length > 20) throw new RangeError('more than 20 tags');
  for (const tag of tags) text(tag, 50, 1);
  const details = Object.entries(alert['details'] as Record<string, unknown>);
  text(details.map(([name, value]) => name + String(value)).join(''), 8000);
  for (const [, value] of details) text(value, 8000);
};

/** Block Kit, in an incoming webhook. */
export const slackTakes: Check = (body) => {
  const message = JSON.parse(body) as Json;
  only(message, ['text', 'blocks', 'unfurl_links', 'unfurl_media']);
  mrkdwn(message['text'], 40_000);
  const blocks = message['blocks'] as Json[];
  if (blocks.length > 50) throw new RangeError('more than 50 blocks');
  for (const block of blocks) {
    one(block['type'], 'header', 'section', 'context');
    if (block['type'] === 'header') {
      one((block['text'] as Json)['type'], 'plain_text');
      text((block['text'] as Json)['text'], 150, 1);
    } else if (block['type'] === 'context') {
      const elements = block['elements'] as Json[];
      if (elements.length > 10 || elements.length === 0) throw new RangeError('1 to 10 elements');
      for (const element of elements) mrkdwn(element['text'], 3000, 1);
    } else {
      if (!('text' in block) && !('fields' in block)) throw new RangeError('neither text nor fields');
      if ('text' in block) mrkdwn((block['text'] as Json)['text'], 3000, 1);
      const fields = (block['fields'] ?? []) as Json[];
      if (fields.length > 10) throw new RangeError('more than 10 fields');
      for (const field of fields) mrkdwn(field['text'], 2000, 1);
    }
  }
};

/** Angles only around links to the web, and every ampersand an entity: nobody is called, nobody is led astray. */
function mrkdwn(value: unknown, max: number, min = 0): void {
  text(value, max, min);
  const links = /<https?:\/\/[^<>|\s]+\|(?:dashboard|runbook)>/g;
  const rest = (value as string).replaceAll(links, '').replaceAll(/&(?:amp|lt|gt);/g, '');
  if (/[<>&]/.test(rest)) throw new RangeError(`not escaped: ${/.{0,20}[<>&].{0,20}/s.exec(rest)![0]}`);
}

/** API v2 of Alertmanager: what its own validation refuses. */
export const alertmanagerTakes: Check = (body, path) => {
  one(path, '/api/v2/alerts');
  for (const alert of JSON.parse(body) as Json[]) {
    only(alert, ['labels', 'annotations', 'startsAt', 'endsAt', 'generatorURL']);
    const labels = Object.entries(alert['labels'] as Record<string, unknown>);
    for (const [name, value] of [...labels, ...Object.entries(alert['annotations'] as Json)]) {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) throw new RangeError(`no label: ${name}`);
      text(value, Number.POSITIVE_INFINITY, 1);
    }
    text((alert['labels'] as Json)['alertname'], 512, 1);
    instant(alert['startsAt']);
    instant(alert['endsAt']);
    if (Date.parse(String(alert['endsAt'])) < Date.parse(String(alert['startsAt'])))
      throw new RangeError('ends before it begins');
    if (alert['generatorURL'] !== '') link(alert['generatorURL'], 4096);
  }
};

/** What Alertmanager 0.25 sends its receivers, in the order in which it does. */
export const webhookTakes: Check = (body) => {
  const message = JSON.parse(body) as Json;
  const names =
    'receiver status alerts groupLabels commonLabels commonAnnotations externalURL version groupKey truncatedAlerts';
  strictEqual(Object.keys(message).join(' '), names);
  one(message['status'], 'firing', 'resolved');
  one(message['version'], '4');
  const [alert] = message['alerts'] as Json[];
  strictEqual(Object.keys(alert!).join(' '), 'status labels annotations startsAt endsAt generatorURL fingerprint');
  if (!/^[0-9a-f]{16}$/.test(String(alert!['fingerprint']))) throw new RangeError('no fingerprint');
  instant(alert!['startsAt']);
  instant(alert!['endsAt']);
};
