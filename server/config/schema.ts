import { z } from 'zod';
import { engineSchema } from '../../engine/config.ts';
import { automaticSchema, incidentsSchema, notifySchema, opsSchema } from '../../ops/settings.ts';
import { authSchema } from '../auth/settings.ts';
import { backupSchema } from '../backup/settings.ts';
import { canarySchema } from '../canary/settings.ts';
import { connectionsSchema } from '../connections/settings.ts';
import { corsSchema } from '../cors.ts';
import { documentsSchema } from '../documents/settings.ts';
import { limitsSchema } from '../limits/settings.ts';
import { overloadSchema } from '../overload/settings.ts';
import { sharedSchema } from '../shared/settings.ts';
import { syncSchema } from '../sync/settings.ts';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);

/** Nothing behind the path: links are made by putting something after it. */
function isAddress(text: string): boolean {
  if (text === '') return true;
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return (protocol === 'http:' || protocol === 'https:') && `${username}${password}${search}${hash}` === '';
}

const adminSchema = z.strictObject({
  host: z.string().min(1).max(255).default('127.0.0.1').describe("Address of the operators' own port"),
  port: int(0, 65_535, 0, 'Port on which alone figures, dashboard and admin answer; 0 for the same port as all else'),
});

const tlsSchema = z.strictObject({
  certFile: z
    .string()
    .max(1024)
    .default('')
    .describe('PEM file of the certificate and its chain; empty for plain HTTP'),
  keyFile: z.string().max(1024).default('').describe('PEM file of its private key; empty for plain HTTP'),
});

const cacheSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether answers are given again to those who ask the same'),
  bytesMax: int(64 * 1024, 64 * 2 ** 30, 64 * 2 ** 20, 'Memory for answers, their keys and their addresses'),
  entriesMax: int(1, 10_000_000, 20_000, 'Answers kept at most'),
  freshMs: int(0, 31 * 86_400_000, 600_000, 'Time for which an answer is given again as it is'),
  staleMs: int(
    0,
    31 * 86_400_000,
    3_600_000,
    'Time after freshMs in which it is still given while a new one is asked for',
  ),
  staleOnErrorMs: int(
    0,
    31 * 86_400_000,
    86_400_000,
    'Time after freshMs in which it is given where a new one cannot be had',
  ),
  changedMs: int(
    0,
    60_000,
    500,
    'Time after a change of documents in which an answer from before is still given while a new one is asked for',
  ),
  degradedMs: int(
    0,
    600_000,
    5000,
    'Time for which an answer that lacks a failed or missing model is given again; 0 never',
  ),
  spill: z.boolean().default(false).describe('Whether answers are also kept in the folder cache of the logs'),
  spillBytesMax: int(2 ** 20, 64 * 2 ** 30, 256 * 2 ** 20, 'Disk for them'),
});

const serverSchema = z.strictObject({
  host: z.string().min(1).max(255).default('127.0.0.1').describe('Address to listen on'),
  port: int(0, 65_535, 8080, 'Port to listen on; 0 takes a free one'),
  publicUrl: z
    .string()
    .max(1024)
    .refine(isAddress, 'an address with http or https, such as https://search.example, or an empty text')
    .default('')
    .describe('Address under which people reach this server, for links in notices; empty for that it listens on'),
  workers: int(0, 256, 0, 'Worker threads; 0 is one a core but one, at least one'),
  bodyBytesMax: int(256, 64 * 2 ** 20, 2 ** 20, 'Largest request body'),
  bodyDepthMax: int(2, 64, 16, 'Deepest nesting of a request body'),
  batchQueriesMax: int(1, 1000, 100, 'Most queries of one POST /search/batch'),
  dispatchQueriesMax: int(1, 256, 16, 'Most queries handed to a worker in one message'),
  queueQueriesMax: int(1, 100_000, 1000, 'Queries that may wait for a worker; further ones are refused'),
  deadlineMs: int(10, 600_000, 10_000, 'Time a query may take when the request does not say'),
  hangMs: int(
    1000,
    600_000,
    30_000,
    'Time after its deadline at which a worker that does not answer is taken for hung and ended',
  ),
  faults: z
    .boolean()
    .default(false)
    .describe('Whether models may be made to fail on purpose; only to try out what happens then'),
  drainMs: int(0, 600_000, 15_000, 'Time that requests in flight get to finish after SIGTERM'),
  auth: authSchema.prefault({}),
  admin: adminSchema.prefault({}),
  tls: tlsSchema.prefault({}),
  connections: connectionsSchema.prefault({}),
  cors: corsSchema.prefault({}),
  cache: cacheSchema.prefault({}),
  limits: limitsSchema.prefault({}),
  overload: overloadSchema.prefault({}),
  documents: documentsSchema.prefault({}),
  shared: sharedSchema.prefault({}),
});

const logsSchema = z.strictObject({
  directory: z.string().min(1).max(1024).default('logs').describe('Folder of the log files'),
  fileBytesMax: int(64 * 1024, 2 ** 31 - 1, 16 * 2 ** 20, 'Size at which a log file is rotated'),
  filesKept: int(1, 100, 5, 'Rotated files kept of each log'),
});

/** The whole of config.yml. */
export const configSchema = z.strictObject({
  server: serverSchema.prefault({}),
  logs: logsSchema.prefault({}),
  ops: opsSchema.prefault({}),
  canary: canarySchema.prefault({}),
  incidents: incidentsSchema
    .extend({ notify: notifySchema.prefault({}), automatic: automaticSchema.prefault({}) })
    .prefault({}),
  backup: backupSchema.prefault({}),
  sync: syncSchema.prefault({}),
  ...engineSchema.shape,
});

export type Config = z.infer<typeof configSchema>;
