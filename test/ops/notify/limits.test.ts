/** Whatever an incident says, does every vendor take what is made of it? */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alertmanagerRequest } from '../../../ops/notify/channels/alertmanager.ts';
import type { HttpRequest } from '../../../ops/notify/channels/http-request.ts';
import { opsgenieRequest } from '../../../ops/notify/channels/opsgenie.ts';
import { pagerDutyRequest } from '../../../ops/notify/channels/pagerduty.ts';
import { slackRequest } from '../../../ops/notify/channels/slack.ts';
import { mailOf } from '../../../ops/notify/channels/smtp-message.ts';
import { webhookRequest } from '../../../ops/notify/channels/webhook.ts';
import { NOTICE_STATES, type Notice } from '../../../ops/notify/notice.ts';
import { block, cut, escaped, line } from '../../../ops/notify/text.ts';
import { anyNotice, NASTY, nastyText, noticeWith } from './notices.ts';
import { alertmanagerTakes, opsgenieTakes, pagerDutyTakes, slackTakes, webhookTakes } from './vendors.ts';

const clock = { nowUs: () => 0, wallMs: () => Date.UTC(2026, 10, 28) };
const url = 'http://receiver.example';
const key = 'R0123456789abcdef0123456789abcde';

const VENDORS = [
  {
    name: 'PagerDuty',
    make: (notice: Notice) => pagerDutyRequest(notice, { url, routingKey: key }),
    takes: pagerDutyTakes,
  },
  { name: 'Opsgenie', make: (notice: Notice) => opsgenieRequest(notice, { url, apiKey: key }), takes: opsgenieTakes },
  { name: 'Slack', make: (notice: Notice) => slackRequest(notice, url), takes: slackTakes },
  {
    name: 'Alertmanager',
    make: (notice: Notice) => alertmanagerRequest([notice], { url, token: null, clock }),
    takes: alertmanagerTakes,
  },
  {
    name: 'a webhook',
    make: (notice: Notice) => webhookRequest(notice, '\r\nkey/0', { url, receiver: 'room', secret: key, clock }),
    takes: webhookTakes,
  },
];

/** Throws what the vendor finds wrong; says how the request is sent otherwise. */
function check(request: HttpRequest | null, takes: (typeof VENDORS)[number]['takes']): void {
  if (request === null) return;
  const { pathname, search } = new URL(request.url);
  takes(request.body, pathname + search, request.headers);
  // Throws for what may not stand in a header.
  new Headers(request.headers);
}

describe.each(VENDORS)('$name', ({ make, takes }) => {
  it('takes what is made of any notice', () => {
    fc.assert(
      fc.property(anyNotice, (notice) => check(make(notice), takes)),
      { numRuns: 150 },
    );
  });

  it('takes a megabyte of each nasty text in each field, in every state', () => {
    for (const state of NOTICE_STATES) {
      for (const text of NASTY) {
        const numbers = { [text]: 1 };
        const links = { dashboard: text, runbook: `https://x.example/${text.slice(0, 3000)}` };
        check(
          make(
            noticeWith({ state, title: text, summary: text, fingerprint: text, components: [text], numbers, links }),
          ),
          takes,
        );
        check(make(noticeWith({ type: 'change', state, title: '', summary: text, fingerprint: text })), takes);
      }
    }
  });
});

it('mail has no header that a text has brought, and shows no text as markup', () => {
  const terms = { from: 'wp-chat@company.example', to: ['incidents@company.example'] };
  fc.assert(
    fc.property(anyNotice, fc.string(), (notice, one) => {
      const { subject, messageId, inReplyTo, html, text } = mailOf(notice, one, terms);
      expect(subject.length).toBeLessThanOrEqual(200);
      expect(subject).not.toMatch(/\p{Cc}/u);
      for (const id of [messageId, inReplyTo ?? messageId]) expect(id).toMatch(/^<[0-9a-f.]+@company\.example>$/);
      const tags = html.match(/<[^>]*>/g)!.map((tag) => tag.replace(/href="[^"<>]*"/, 'href'));
      const known =
        /^<(?:!doctype html|\/?(?:html|head|body|h2|table|tr|td|a|p|th)|meta charset="utf-8"|p style="white-space:pre-wrap"|th align="left"|a href)>$/;
      for (const tag of tags) expect(tag).toMatch(known);
      expect(text.length).toBeLessThan(40_000);
    }),
    { numRuns: 150 },
  );
});

describe('a text', () => {
  it('is never longer than it may be, never cut inside a pair, and whole where it fits', () => {
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 2, max: 400 }), (text, max) => {
        const whole = Buffer.from(text).toString();
        for (const made of [cut(whole, max), block(text, max), line(text, max)]) {
          expect(made.length).toBeLessThanOrEqual(max);
          expect(Buffer.from(made).toString()).toBe(made);
        }
        expect(line(text, max)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
        if (whole.length <= max) expect(cut(whole, max)).toBe(whole);
        else expect(cut(whole, max)).toMatch(/…$/);
      }),
    );
  });

  it('is escaped without an escape that is cut in two', () => {
    fc.assert(
      fc.property(nastyText, fc.integer({ min: 10, max: 400 }), (text, max) => {
        const made = escaped(text, max, (point) => (point === '&' ? '&amp;' : point));
        expect(made.length).toBeLessThanOrEqual(max);
        expect(made.replaceAll('&amp;', '')).not.toContain('&');
        const all = text.replaceAll('&', '&amp;');
        if (all.length <= max) expect(made).toBe(all);
        else expect(all.startsWith(made.slice(0, -1))).toBe(true);
      }),
    );
  });
});

it('what a vendor would refuse is refused by these checks', () => {
  const event = JSON.parse(pagerDutyRequest(noticeWith(), { url, routingKey: key })!.body) as Record<string, unknown>;
  const long = { ...event, dedup_key: 'x'.repeat(256) };
  expect(() => pagerDutyTakes(JSON.stringify(long), '/v2/enqueue', {})).toThrow('255');
  const calling = { text: '<!channel>', blocks: [] };
  expect(() => slackTakes(JSON.stringify(calling), '/', {})).toThrow('not escaped');
});
