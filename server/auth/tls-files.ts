/** Can these files serve HTTPS? uWebSockets.js only says that it cannot listen; here it is said why. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { EngineError } from '../../engine/errors.ts';

export interface TlsFiles {
  /** PEM: the certificate, and those that lead to its root; '' for plain HTTP. */
  readonly certFile: string;
  /** PEM, without a passphrase; '' for plain HTTP. */
  readonly keyFile: string;
}

/** @throws EngineError config_invalid where one is missing, unreadable, expired, or not the other's */
export function checkTls({ certFile, keyFile }: TlsFiles, nowMs: number): void {
  if (certFile === '' && keyFile === '') return;
  if (certFile === '' || keyFile === '') {
    const missing = certFile === '' ? 'server.tls.certFile' : 'server.tls.keyFile';
    throw fault(missing, '', 'it takes two files', 'Set both server.tls.certFile and server.tls.keyFile, or neither');
  }
  const certificate = load('server.tls.certFile', certFile, 'a certificate', (pem) => new X509Certificate(pem));
  const key = load('server.tls.keyFile', keyFile, 'a private key without passphrase', (pem) => createPrivateKey(pem));
  if (!certificate.checkPrivateKey(key)) {
    throw fault(
      'server.tls.keyFile',
      keyFile,
      `the key does not belong to ${certFile}`,
      'Name the two files that were made together',
    );
  }
  if (Date.parse(certificate.validTo) <= nowMs) {
    throw fault('server.tls.certFile', certFile, `the certificate expired on ${certificate.validTo}`, 'Renew it');
  }
}

function load<Loaded>(field: string, file: string, what: string, parse: (pem: Buffer) => Loaded): Loaded {
  let pem: Buffer;
  try {
    pem = readFileSync(file);
  } catch (error) {
    throw fault(field, file, (error as Error).message, 'Name a file that this user can read');
  }
  try {
    return parse(pem);
  } catch {
    throw fault(field, file, `it does not hold ${what} as PEM`, `Name a PEM file with ${what}`);
  }
}

const fault = (field: string, file: string, why: string, remedy: string): EngineError =>
  new EngineError('config_invalid', `Cannot serve HTTPS: ${why}: ${field}=${file}`, { file, field, remedy });
