/** Is a wrong setting refused with its field, its value and what was expected, and is every key described? */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EngineError } from '../../../engine/errors.ts';
import { secretsFrom } from '../../../ops/notify/secrets.ts';
import { levelsOf } from '../../../ops/notify/settings.ts';
import { notifySchema, settingFaults } from '../../../ops/settings.ts';

const faultsOf = (value: unknown): string[] => {
  const parsed = notifySchema.safeParse(value);
  return parsed.success ? [] : settingFaults(parsed.error.issues, value, 'incidents.notify');
};
const AT = 'incidents.notify';
const channel = (part: object): object => ({ channels: { it: part } });
const slack = { kind: 'slack', secret: 'SLACK' };
const smtp = { kind: 'smtp', host: 'mail.example', from: 'a@b.example', to: 'c@d.example' };

describe('what is right', () => {
  it('is the runbook where nothing is said: four levels, five and fifteen minutes, nobody to tell', () => {
    const settings = notifySchema.parse({});
    expect([settings.level1, settings.level2, settings.level3, settings.level4].map(({ contact }) => contact)).toEqual([
      'On-call Engineer',
      'Senior Engineer',
      'Engineering Manager',
      'CTO',
    ]);
    expect(settings.timeoutMinutes).toEqual({ critical: 5, high: 15, medium: 60, low: 0 });
    expect(levelsOf(settings)).toEqual([[], [], [], []]);
  });

  it('is a channel of each kind, and levels that name them', () => {
    const channels = {
      pager: { kind: 'pagerduty', secret: 'PAGERDUTY_ROUTING_KEY' },
      genie: { kind: 'opsgenie', secret: 'WP_CHAT_NOTIFY_GENIE', url: 'https://api.eu.opsgenie.com' },
      room: slack,
      mail: { ...smtp, user: 'bot', secret: 'MAIL' },
      prometheus: { kind: 'alertmanager', url: 'http://127.0.0.1:9093' },
      hook: { kind: 'webhook', url: 'https://hooks.example/x?y=1', secret: 'HOOK' },
    };
    const settings = notifySchema.parse({ channels, level1: { channels: 'room, pager,room' } });
    expect(levelsOf(settings)[0]).toEqual(['room', 'pager']);
    expect(Object.keys(settings.channels)).toHaveLength(6);
  });
});

it.each([
  [
    channel({ kind: 'slak' }),
    `${AT}.channels.it.kind: expected one of pagerduty, opsgenie, slack, smtp, alertmanager, webhook, got "slak"`,
  ],
  [channel({ kind: 'slack' }), `${AT}.channels.it.secret: expected a value of type string, got nothing`],
  [
    channel({ ...slack, secret: 'https://hooks.slack.com/x' }),
    /\.secret: expected the name of an environment variable.*got what may be a secret and is not shown/,
  ],
  [channel({ ...slack, secret: 'WP_CHAT_SERVER_PORT' }), /\.secret: expected the name of an environment variable/],
  [channel({ ...slack, chanel: '#x' }), `${AT}.channels.it.chanel: unknown key`],
  [channel({ ...slack, deadlineMs: 5 }), `${AT}.channels.it.deadlineMs: expected at least 100, got 5`],
  [channel({ kind: 'webhook', url: 'ftp://x' }), /\.url: expected an address with http or https.*got "ftp:\/\/x"/],
  [
    channel({ kind: 'webhook', url: 'https://u:p@x' }),
    /\.url: expected an address with http or https, without a password.*not shown$/,
  ],
  [channel({ ...smtp, to: 'a@b.example\r\nBcc: x@y.example' }), /\.to: expected mail addresses, separated by commas/],
  [channel({ ...smtp, user: 'bot' }), /\.secret: expected one where there is a user/],
  [channel({ ...smtp, user: 'bot', secret: 'P', tls: 'none' }), /\.tls: expected starttls or implicit/],
  [{ maintenance: [{ repeat: 'daily' }] }, `${AT}.maintenance.0.repeat: expected one of never, weekly, got "daily"`],
  [{ channels: { 'a,b': slack } }, /channels\.a,b: expected a name of letters.*got "a,b"/],
  [
    { ...channel(slack), level2: { channels: 'it, itt' } },
    `${AT}.level2.channels: expected names of channels, of it, not itt, got "it, itt"`,
  ],
  [{ repeatsMax: 6 }, `${AT}.repeatsMax: expected at most 5, got 6`],
  [
    {
      maintenance: [
        { repeat: 'weekly', days: ['sun'], from: '2:00', to: '04:00', timeZone: 'Europe/Berln', reason: 'r' },
      ],
    },
    [
      `${AT}.maintenance.0.from: expected a time of the day, such as 02:00, got "2:00"`,
      `${AT}.maintenance.0.timeZone: expected a time zone, such as Europe/Berlin, got "Europe/Berln"`,
    ],
  ],
  [
    { maintenance: [{ repeat: 'never', from: '2027-01-02T00:00', to: '2027-02-01T00:00Z', reason: 'r' }] },
    /maintenance\.0\.from: expected a time with its offset/,
  ],
  [
    { maintenance: [{ repeat: 'never', from: '2027-01-02T00:00Z', to: '2027-01-01T00:00Z', reason: 'r' }] },
    `${AT}.maintenance.0.to: expected a time after from, got "2027-01-01T00:00Z"`,
  ],
])('%j is refused', (value, expected) => {
  const faults = faultsOf(value);
  if (expected instanceof RegExp) expect(faults).toEqual([expect.stringMatching(expected)]);
  else expect(faults).toEqual(Array.isArray(expected) ? expected : [expected]);
});

it('every key is described, and has a bound where it is a number', () => {
  const walk = (node: Record<string, unknown>, path: string): void => {
    for (const [name, child] of Object.entries((node['properties'] ?? {}) as Record<string, Record<string, unknown>>)) {
      const at = `${path}.${name}`;
      if (child['properties'] === undefined) expect(child['description'], at).toEqual(expect.any(String));
      if (child['type'] === 'integer')
        expect([child['minimum'], child['maximum']], at).toEqual([expect.any(Number), expect.any(Number)]);
      walk(child, at);
    }
    for (const one of [
      node['additionalProperties'],
      node['items'],
      ...((node['oneOf'] ?? node['anyOf'] ?? []) as unknown[]),
    ])
      if (typeof one === 'object' && one !== null) walk(one as Record<string, unknown>, `${path}[]`);
  };
  walk(z.toJSONSchema(notifySchema, { io: 'input' }) as Record<string, unknown>, AT);
});

it('secrets that are missing or cannot be right are told by the names of their variables alone', () => {
  const settings = notifySchema.parse({
    channels: {
      room: slack,
      pager: { kind: 'pagerduty', secret: 'KEY' },
      genie: { kind: 'opsgenie', secret: 'GENIE' },
    },
  });
  const refused = (): unknown => {
    try {
      return secretsFrom(settings, { SLACK: 'hooks.slack.com/T0/secret', KEY: '  ', GENIE: 'a b\r\nX: c' });
    } catch (error) {
      return error;
    }
  };
  const error = refused() as EngineError;
  expect(error).toBeInstanceOf(EngineError);
  expect(error.message.split('\n')).toEqual([
    expect.stringMatching(/^incidents\.notify\.channels\.room\.secret: SLACK is no address/),
    'incidents.notify.channels.pager.secret: KEY is not set; set it in the environment',
    expect.stringMatching(/^incidents\.notify\.channels\.genie\.secret: GENIE has characters that no key has/),
  ]);
  expect(error.message).not.toContain('T0/secret');
});
