/** How does a mail reach its server? The only file that knows nodemailer. */
import { createTransport } from 'nodemailer';
import type { Severity } from '../../incident-type.ts';
import type { Channel, Delivery } from './channel.ts';
import { redacted } from './http-channel.ts';
import { type MailMessage, type MailTerms, mailOf } from './smtp-message.ts';

export interface SmtpTerms extends MailTerms {
  readonly name: string;
  readonly severityMin: Severity;
  readonly deadlineMs: number;
  readonly host: string;
  readonly port: number;
  readonly tls: 'starttls' | 'implicit' | 'none';
  /** PEM; null for the machine's own authorities. */
  readonly authorities: string | null;
  /** Null for none. */
  readonly login: { readonly user: string; readonly password: string } | null;
}

const PACE_MS = 200;
/** Of an answer, or of an error's sentence. */
const REASON_MAX = 300;

export function smtpChannel(terms: SmtpTerms): Channel {
  const { name, severityMin, login } = terms;
  return {
    name,
    kind: 'smtp',
    severityMin,
    takesChanges: false,
    paceMs: PACE_MS,
    send: async (notice, key): Promise<Delivery> => {
      try {
        await sendMail(mailOf(notice, key, terms), terms);
        return { kind: 'delivered' };
      } catch (error) {
        const { reason, isFinal } = failureOf(error as SmtpError, terms.deadlineMs);
        const shown = redacted(reason.slice(0, REASON_MAX), login === null ? [] : secretsOf(login));
        return isFinal ? { kind: 'never', reason: shown } : { kind: 'later', reason: shown, afterMs: null };
      }
    },
    keepAlive: null,
  };
}

/** A connection for each mail: they are few, and one that has stood idle for a week is of no use at three in the morning. */
async function sendMail(message: MailMessage, terms: SmtpTerms): Promise<void> {
  const { host, port, tls, authorities, login, deadlineMs } = terms;
  const transport = createTransport({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', ...(authorities === null ? {} : { ca: authorities }) },
    ...(login === null ? {} : { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: deadlineMs,
    greetingTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const end = new AbortController();
  const timer = setTimeout(() => end.abort(), deadlineMs);
  try {
    const { from, to, subject, messageId, inReplyTo, text, html, important } = message;
    await transport.sendMail({
      from,
      to: [...to],
      subject,
      messageId,
      ...(inReplyTo === null ? {} : { inReplyTo, references: inReplyTo }),
      text,
      html,
      priority: important ? 'high' : 'normal',
      // No answers of machines that are out of the office.
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: end.signal,
    });
  } finally {
    clearTimeout(timer);
    transport.close();
  }
}

interface SmtpError extends Error {
  readonly code?: string;
  readonly responseCode?: number;
  readonly permanent?: boolean;
}

/** RFC 5321, 4.2.1: what begins with 5 will not be taken later either; a connection that failed may stand the next time. */
function failureOf({ message, code, permanent }: SmtpError, deadlineMs: number): { reason: string; isFinal: boolean } {
  if (code === 'EABORT') return { reason: `Not taken within ${deadlineMs} ms`, isFinal: false };
  return { reason: message, isFinal: permanent === true };
}

/** A login goes over the line in base64, and comes back so in an answer. */
const secretsOf = ({ user, password }: { user: string; password: string }): string[] => [
  password,
  Buffer.from(password).toString('base64'),
  Buffer.from(`\0${user}\0${password}`).toString('base64'),
];
