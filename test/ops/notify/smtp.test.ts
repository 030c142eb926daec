/** Does a real mail server get what an incident says, encrypted where that was asked for, and nothing that a text has smuggled in? */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../engine/clock.ts';
import type { Channel } from '../../../ops/notify/channels/channel.ts';
import { openChannels } from '../../../ops/notify/channels/open-channels.ts';
import { notifySchema } from '../../../ops/notify/settings.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { NASTY, noticeWith } from './notices.ts';

const PASSWORD = 'correct-horse-battery';
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) process.stdout.write('Skipped: encrypted mail, no openssl here\n');

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly user: unknown;
  /** As it came over the line, dots unstuffed. */
  readonly raw: string;
}

const open: SMTPServer[] = [];
afterAll(() => {
  for (const server of open) server.close();
});

async function startMail(options: SMTPServerOptions = {}): Promise<{ port: number; mails: Mail[] }> {
  const mails: Mail[] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, done) =>
      username === 'bot' && password === PASSWORD
        ? done(null, { user: username })
        : done(Object.assign(new Error(`Invalid login for ${password}`), { responseCode: 535 })),
    onData: (stream, session, done) => {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          secure: session.secure,
          user: session.user,
          raw: Buffer.concat(parts).toString('latin1'),
        });
        done();
      });
    },
    ...options,
  });
  server.on('error', () => {});
  open.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

function channelOf(port: number, part: Record<string, unknown> = {}, password = PASSWORD): Channel {
  const it = {
    kind: 'smtp',
    host: '127.0.0.1',
    port,
    tls: 'none',
    from: 'wp-chat@company.example',
    to: 'incidents@company.example, oncall@company.example',
    ...part,
  };
  return openChannels(notifySchema.parse({ channels: { it } }), { P: password }, systemClock).get('it')!;
}

/** Names and values, folded lines joined. */
function headersOf({ raw }: Mail): Map<string, string> {
  const head = raw.slice(0, raw.indexOf('\r\n\r\n')).replaceAll(/\r\n[ \t]+/g, ' ');
  const all = head
    .split('\r\n')
    .map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()] as const);
  expect(new Set(all.map(([name]) => name)).size).toBe(all.length);
  return new Map(all);
}

describe('a mail server', () => {
  it('gets a thread an incident: the first mail, and those that refer to it', async () => {
    const { port, mails } = await startMail();
    const channel = channelOf(port);
    for (const [at, state] of (['opened', 'escalated', 'resolved'] as const).entries())
      expect(await channel.send(noticeWith({ state }), `k/${at}`)).toEqual({ kind: 'delivered' });
    // The same attempt again is the same mail to a client.
    await channel.send(noticeWith({ state: 'resolved' }), 'k/2');
    const heads = mails.map(headersOf);
    const ids = heads.map((head) => head.get('message-id')!);
    expect(new Set(ids).size).toBe(3);
    expect(ids[3]).toBe(ids[2]);
    expect(heads[0]!.has('references')).toBe(false);
    for (const head of heads.slice(1)) {
      expect(head.get('references')).toBe(ids[0]);
      expect(head.get('in-reply-to')).toBe(ids[0]);
    }
    expect(new Set(heads.map((head) => head.get('subject'))).size).toBe(1);
    expect(mails[0]!.from).toBe('wp-chat@company.example');
    expect(mails[0]!.to).toEqual(['incidents@company.example', 'oncall@company.example']);
    expect(mails[0]!.raw).toContain('Content-Type: text/plain');
    expect(mails[0]!.raw).toContain('Content-Type: text/html');
  });

  it('gets no header and no receiver that a text has brought', async () => {
    const { port, mails } = await startMail();
    const channel = channelOf(port);
    const usual = (await channel.send(noticeWith(), 'k')) && [...headersOf(mails[0]!).keys()].sort();
    for (const text of NASTY) {
      const notice = noticeWith({
        incidentId: text || 'x',
        title: text,
        summary: text,
        components: [text],
        fingerprint: text,
      });
      expect(await channel.send(notice, text)).toEqual({ kind: 'delivered' });
      const mail = mails.at(-1)!;
      expect([...headersOf(mail).keys()].sort()).toEqual(usual);
      expect(mail.to).toEqual(['incidents@company.example', 'oncall@company.example']);
      for (const each of mail.raw.split('\r\n')) expect(each.length).toBeLessThanOrEqual(998);
    }
    expect(mails.length).toBe(NASTY.length + 1);
  });

  it('that refuses is asked again where that may help, and not where it will not', async () => {
    const refusing = (responseCode: number) =>
      startMail({ onRcptTo: (_, __, done) => done(Object.assign(new Error('No'), { responseCode })) });
    const busy = await refusing(451);
    expect(await channelOf(busy.port).send(noticeWith(), 'k')).toMatchObject({ kind: 'later' });
    const gone = await refusing(550);
    expect(await channelOf(gone.port).send(noticeWith(), 'k')).toMatchObject({ kind: 'never' });
  });

  it('that hangs is left at the deadline, and one that is not there is asked again', async () => {
    const { port } = await startMail({ onMailFrom: () => {} });
    expect(await channelOf(port, { deadlineMs: 300 }).send(noticeWith(), 'k')).toEqual({
      kind: 'later',
      reason: 'Not taken within 300 ms',
      afterMs: null,
    });
    expect(await channelOf(1).send(noticeWith(), 'k')).toMatchObject({
      kind: 'later',
      reason: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('a login', () => {
  it('that is refused ends it, and shows the password nowhere', async () => {
    const { port } = await startMail();
    const delivery = await channelOf(port, { user: 'bot', secret: 'P' }, 'wrong-password-1').send(noticeWith(), 'k');
    expect(delivery).toMatchObject({ kind: 'never', reason: expect.stringContaining('Invalid login') });
    expect(JSON.stringify(delivery)).not.toContain('wrong-password-1');
  });

  it('that is right is used', async () => {
    const { port, mails } = await startMail();
    expect(await channelOf(port, { user: 'bot', secret: 'P' }).send(noticeWith(), 'k')).toEqual({ kind: 'delivered' });
    expect(mails[0]!.user).toBe('bot');
  });
});

describe.runIf(hasOpenssl)('encryption', () => {
  const folder = scratchFolder();
  const file = (name: string): string => join(folder, name);
  const make = (name: string): { key: Buffer; cert: Buffer } => {
    const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const out = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
        ...subject,
        ...out,
      ],
      { stdio: 'ignore' },
    );
    return { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) };
  };
  const known = make('known');
  make('other');
  writeFileSync(file('empty.pem'), '');

  it('begins after the greeting with STARTTLS, before the login', async () => {
    const { port, mails } = await startMail({ ...known, disabledCommands: [] });
    const channel = channelOf(port, { tls: 'starttls', caFile: file('known.pem'), user: 'bot', secret: 'P' });
    expect(await channel.send(noticeWith(), 'k')).toEqual({ kind: 'delivered' });
    expect(mails[0]).toMatchObject({ secure: true, user: 'bot' });
  });

  it('is there from the first byte where that was asked for', async () => {
    const { port, mails } = await startMail({ ...known, secure: true });
    const channel = channelOf(port, { tls: 'implicit', caFile: file('known.pem') });
    expect(await channel.send(noticeWith(), 'k')).toEqual({ kind: 'delivered' });
    expect(mails[0]!.secure).toBe(true);
  });

  it('is never given up for less: not where the server has none, nor where nobody vouches for it', async () => {
    const plain = await startMail();
    const withLogin = { tls: 'starttls', user: 'bot', secret: 'P', caFile: file('known.pem') };
    expect((await channelOf(plain.port, withLogin).send(noticeWith(), 'k')).kind).not.toBe('delivered');
    expect(plain.mails).toEqual([]);
    const strange = await startMail({ ...known, disabledCommands: [] });
    const delivery = await channelOf(strange.port, { ...withLogin, caFile: file('other.pem') }).send(noticeWith(), 'k');
    expect(delivery).toMatchObject({ kind: 'later', reason: expect.stringMatching(/self-signed|certificate/) });
    expect(strange.mails).toEqual([]);
  });
});
