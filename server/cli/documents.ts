/** Documents of a running server: put, patched, deleted, read, and many at once. */
import { readFileSync } from 'node:fs';
import { text as textOf } from 'node:stream/consumers';
import { Command, InvalidArgumentError } from 'commander';
import { EngineError } from '../../engine/errors.ts';
import type { Method } from '../http.ts';
import { configOf, print } from './command.ts';
import { confirmed, yesOption } from './confirm.ts';
import { documentsBulkCommand } from './documents-bulk.ts';
import { asksServer, type LiveOptions, type LiveServer, liveServer } from './live.ts';

interface WriteOptions extends LiveOptions {
  readonly ifVersion?: number;
  readonly ifAbsent?: boolean;
  readonly idempotencyKey?: string;
  readonly wait: boolean;
}

/** What the server answers. */
interface Changed {
  readonly id: string;
  readonly outcome: string;
  readonly version: number;
  readonly replayed: boolean;
  readonly visible?: boolean;
}

export const documentsCommand = (): Command =>
  new Command('documents')
    .description('Documents of the running server: changed while they are searched, durable when it says so')
    .addHelpText(
      'after',
      `
A document has an id, a text or html, and may have title, url, date, modified, author, categories, tags, type, lang.

Examples:
  $ echo '{"id":"7","title":"Wombats","text":"They dig."}' | wp-chat documents put -
  $ wp-chat documents bulk changes.jsonl`,
    )
    .addCommand(putCommand())
    .addCommand(patchCommand())
    .addCommand(deleteCommand())
    .addCommand(getCommand())
    .addCommand(documentsBulkCommand());

const server = (options: LiveOptions, command: Command): Promise<LiveServer> =>
  liveServer(configOf(command).config, options, 'operators');

const writes = (command: Command): Command =>
  asksServer(command)
    .option('--if-version <version>', 'only where it has this version', wholeNumber)
    .option('--idempotency-key <key>', 'done once, however often it is asked with this key')
    .option('--wait', 'until it is found by searching', false);

const putCommand = (): Command =>
  writes(new Command('put'))
    .description('The document is this from now on, whether it was there or not')
    .argument('<file>', "JSON of one document; '-' for standard input")
    .option('--if-absent', 'only where there is none with its id')
    .addHelpText('after', '\nExample:\n  $ wp-chat documents put post.json --if-absent --wait')
    .action((file: string, options: WriteOptions, command: Command) => write('PUT', file, options, command));

const patchCommand = (): Command =>
  writes(new Command('patch'))
    .description('The named fields are these from now on; null takes one away')
    .argument('<file>', "JSON of the id and the fields; '-' for standard input")
    .addHelpText('after', `\nExample:\n  $ echo '{"id":"7","tags":["burrow"]}' | wp-chat documents patch -`)
    .action((file: string, options: WriteOptions, command: Command) => write('PATCH', file, options, command));

const deleteCommand = (): Command =>
  writes(new Command('delete'))
    .description('The document is found no more')
    .argument('<id>')
    .addOption(yesOption())
    .addHelpText('after', '\nExample:\n  $ wp-chat documents delete 7 --yes')
    .action(async (id: string, options: WriteOptions & { yes: boolean }, command: Command) => {
      const live = await server(options, command);
      if (!(await confirmed(command, `Delete document ${id} of ${live.url}?`, options.yes))) return;
      const query = new URLSearchParams({ id, ...waiting(options) });
      const { headers } = await live.exchange('DELETE', `/documents?${query}`, { headers: conditionsOf(options) });
      const visible = headers['document-visible'];
      const changed: Changed = {
        id,
        outcome: 'deleted',
        version: Number(headers['document-version']),
        replayed: headers['idempotency-replayed'] === 'true',
        ...(visible === undefined ? {} : { visible: visible === 'true' }),
      };
      print(command, changed, () => changedText(changed));
    });

const getCommand = (): Command =>
  asksServer(new Command('get'))
    .description('A document as it is now, with its version')
    .argument('<id>')
    .addHelpText('after', '\nExample:\n  $ wp-chat documents get 7')
    .action(async (id: string, options: LiveOptions, command: Command) => {
      const live = await server(options, command);
      const found = await live.ask<{ version: number; document: object }>(
        'GET',
        `/documents?${new URLSearchParams({ id })}`,
      );
      print(command, found, () => `${JSON.stringify(found.document, null, 2)}\nVersion ${found.version}`);
    });

async function write(method: Method, file: string, options: WriteOptions, command: Command): Promise<void> {
  if (options.ifVersion !== undefined && options.ifAbsent === true)
    throw new EngineError(
      'request_invalid',
      'Cannot ask for a version of what is absent: --if-version and --if-absent',
    );
  const text = await contentOf(file);
  const live = await server(options, command);
  const query = new URLSearchParams(waiting(options)).toString();
  const { body } = await live.exchange(method, `/documents${query === '' ? '' : `?${query}`}`, {
    message: { text, type: 'application/json' },
    headers: conditionsOf(options),
  });
  const changed = JSON.parse(body) as Changed;
  print(command, changed, () => changedText(changed));
}

const changedText = ({ id, outcome, version, replayed, visible }: Changed): string =>
  [
    `Document ${id} ${outcome}, version ${version}`,
    ...(replayed ? ['as it was under this key before'] : []),
    ...(visible === undefined ? [] : [visible ? 'found by every search' : 'not yet found by every search']),
  ].join(', ');

const waiting = ({ wait }: WriteOptions): Record<string, string> => (wait ? { refresh: 'wait' } : {});

const conditionsOf = ({ ifVersion, ifAbsent, idempotencyKey }: WriteOptions): Record<string, string> => ({
  ...(ifVersion === undefined ? {} : { 'if-match': `"${ifVersion}"` }),
  ...(ifAbsent === true ? { 'if-none-match': '*' } : {}),
  ...(idempotencyKey === undefined
    ? {}
    : { 'idempotency-key': `"${idempotencyKey.replaceAll(/["\\]/g, (sign) => `\\${sign}`)}"` }),
});

async function contentOf(file: string): Promise<string> {
  try {
    return file === '-' ? await textOf(process.stdin) : readFileSync(file, 'utf8');
  } catch (error) {
    throw new EngineError('source_unreadable', `Cannot read the document: ${(error as Error).message}`, { file });
  }
}

function wholeNumber(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('Expected a version, such as 12.');
  return Number(text);
}
