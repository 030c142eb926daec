/** What is to be known of a channel, kind by kind. Secrets are not in here: each names the variable of the environment that has it. */
import { z } from 'zod';
import { SEVERITIES } from '../../incident-type.ts';
import { namesIn } from './names.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

/** The product's own variables are settings, and one that is none is refused at the start; but for these. */
const VARIABLE = /^(?!WP_CHAT_(?!NOTIFY_))[A-Z_][A-Z0-9_]{0,126}$/;
const VARIABLE_EXPECTED =
  'the name of an environment variable, such as WP_CHAT_NOTIFY_PAGER; of those with WP_CHAT_, only with WP_CHAT_NOTIFY_';
const secret = z
  .string()
  .regex(VARIABLE, VARIABLE_EXPECTED)
  .describe('Environment variable that holds the secret: a key, a password, or the address where that is the secret');
const secretOrNone = z
  .string()
  .refine((name) => name === '' || VARIABLE.test(name), `${VARIABLE_EXPECTED}; or an empty text`)
  .default('')
  .describe('Environment variable that holds the secret; empty for none');

const ADDRESS_EXPECTED = 'an address with http or https, without a password, such as https://hooks.example/incidents';
const address = (about: string) => z.string().max(1024).refine(isAddress, ADDRESS_EXPECTED).describe(about);

function isAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && `${username}${password}${hash}` === '';
}

const shared = {
  severityMin: z.enum(SEVERITIES).default('low').describe('Incidents that are less severe are not told here'),
  deadlineMs: int(100, 120_000, 10_000, 'Time that one message may take'),
};

const pagerduty = z.strictObject({
  kind: z.literal('pagerduty').describe('PagerDuty, Events API v2'),
  secret,
  url: address('Address of the API').default('https://events.pagerduty.com'),
  changes: z
    .boolean()
    .default(true)
    .describe('Whether changes of settings, experiments and the index are told, as change events: they call nobody'),
  ...shared,
});
const opsgenie = z.strictObject({
  kind: z.literal('opsgenie').describe('Opsgenie, Alert API v2'),
  secret,
  url: address('Address of the API').default('https://api.opsgenie.com'),
  ...shared,
});
const slack = z.strictObject({
  kind: z.literal('slack').describe('Incoming webhook of Slack, whose address is the secret'),
  secret,
  ...shared,
});
const alertmanager = z.strictObject({
  kind: z.literal('alertmanager').describe('Alertmanager of Prometheus, API v2'),
  url: address('Its address, such as http://127.0.0.1:9093'),
  secret: secretOrNone,
  ...shared,
});
const webhook = z.strictObject({
  kind: z.literal('webhook').describe("What takes Alertmanager's webhooks, version 4"),
  url: address('Where to'),
  secret: secretOrNone,
  ...shared,
});

/** As simple as operators have them: no quotes, no comments, nothing that could end a header. */
const MAIL_ADDRESS = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}$/;
const areMailAddresses = (list: string): boolean => {
  const names = namesIn(list);
  return names.length > 0 && names.every((name) => MAIL_ADDRESS.test(name));
};
const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);

const smtp = z
  .strictObject({
    kind: z.literal('smtp').describe('Mail'),
    host: z.string().min(1).max(255).describe('Mail server'),
    port: int(1, 65_535, 587, 'Its port'),
    tls: z
      .enum(['starttls', 'implicit', 'none'])
      .default('starttls')
      .describe('Encrypted after the greeting, from the first byte, or not at all; it never falls back to less'),
    caFile: z
      .string()
      .max(1024)
      .default('')
      .describe("PEM file of the authorities that may vouch for it; empty for the machine's own"),
    user: z.string().max(255).default('').describe('Name for the login; empty for none'),
    secret: secretOrNone,
    from: z.string().regex(MAIL_ADDRESS, 'a mail address, such as wp-chat@company.com').describe('Sender'),
    to: z
      .string()
      .max(1024)
      .refine(areMailAddresses, 'mail addresses, separated by commas, such as incidents@company.com')
      .describe('Receivers, separated by commas'),
    ...shared,
  })
  .refine(({ user, secret: password }) => (user === '') === (password === ''), {
    message: 'one where there is a user, and none where there is none',
    path: ['secret'],
  })
  .refine(({ tls, user, host }) => tls !== 'none' || user === '' || isLoopback(host), {
    message: 'starttls or implicit, since a password may go to another machine only so',
    path: ['tls'],
  });

export const channelSchema = z.discriminatedUnion('kind', [pagerduty, opsgenie, slack, smtp, alertmanager, webhook], {
  error: 'one of pagerduty, opsgenie, slack, smtp, alertmanager, webhook',
});
export type ChannelSettings = z.infer<typeof channelSchema>;
export type SmtpSettings = z.infer<typeof smtp>;
