/** Keys for callers: made, listed, ended, replaced. A running server takes up the change within a second. */
import { Command, InvalidArgumentError, Option } from 'commander';
import {
  canonicalNetwork,
  createKey,
  type KeyListing,
  listingOf,
  type MadeKey,
  NAME_CHARS_MAX,
  readKeys,
  revokeKey,
  rotateKey,
  SCOPES,
  type Scope,
} from '../auth/index.ts';
import { configOf, print, table } from './command.ts';
import { spanMsOf } from './span.ts';

/** Ten years: dates beyond that are slips. */
const SPAN_DAYS_MAX = 3650;

export const keysCommand = (): Command =>
  new Command('keys')
    .description('Keys for callers: what each is good for, from where and until when')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand())
    .addCommand(rotateCommand())
    .addHelpText('after', '\nExample:\n  $ wp-chat keys create --name operator --scopes admin\n  $ wp-chat keys list');

const createCommand = (): Command =>
  new Command('create')
    .description('Make a key; it is shown once, and only its hash is kept')
    .requiredOption('--name <text>', 'who or what it is for', nameOf)
    .requiredOption('--scopes <list>', `what it is good for: ${SCOPES.join(', ')}`, scopesOf)
    .addOption(
      new Option('--expires <span>', 'when it ends, such as 90d, 12h or never')
        .argParser(spanOf)
        .default(null, 'never'),
    )
    .addOption(
      new Option('--from <networks>', 'where it may be used from, such as 203.0.113.0/24,2001:db8::/48')
        .argParser(networksOf)
        .default([], 'anywhere'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ wp-chat keys create --name prometheus --scopes stats --expires 90d --from 10.0.0.0/8',
    )
    .action(
      (
        { name, scopes, expires, from }: { name: string; scopes: Scope[]; expires: number | null; from: string[] },
        command: Command,
      ) => {
        printMade(command, createKey(fileOf(command), { name, scopes, from, lifetimeMs: expires }, Date.now()));
      },
    );

const listCommand = (): Command =>
  new Command('list')
    .description(
      'All keys, without their secrets; GET /admin/keys of a running server also says when each was last used',
    )
    .addHelpText('after', '\nExample:\n  $ wp-chat keys list --json')
    .action((_, command: Command) => {
      const keys = readKeys(fileOf(command)).map((record) => shownOf(record, Date.now()));
      print(command, keys, () =>
        keys.length === 0
          ? 'No keys; make one with wp-chat keys create'
          : table([['ID', 'STATE', 'SCOPES', 'CREATED', 'ENDS', 'FROM', 'NAME'], ...keys.map(rowOf)]),
      );
    });

const revokeCommand = (): Command =>
  new Command('revoke')
    .description('End a key for good')
    .argument('<id>', 'as keys list shows it', idFrom)
    .addHelpText('after', '\nExample:\n  $ wp-chat keys revoke wpc_0123456789ab')
    .action((id: string, _, command: Command) => {
      const record = revokeKey(fileOf(command), id, Date.now());
      print(command, shownOf(record, Date.now()), () => `Revoked ${id} (${record.name})`);
    });

const rotateCommand = (): Command =>
  new Command('rotate')
    .description('Replace a key by a new one with the same name, scopes, networks and lifetime')
    .argument('<id>', 'as keys list shows it', idFrom)
    .addOption(
      new Option('--grace <span>', 'how long the old one stays good').argParser(spanOf).default(0, 'it ends at once'),
    )
    .addHelpText('after', '\nExample:\n  $ wp-chat keys rotate wpc_0123456789ab --grace 24h')
    .action((id: string, { grace }: { grace: number | null }, command: Command) => {
      printMade(command, rotateKey(fileOf(command), id, grace ?? 0, Date.now()));
    });

const fileOf = (command: Command): string => configOf(command).config.server.auth.keysFile;

/** What a file says of a key; when it was used only the server knows. */
function shownOf(record: MadeKey['record'], nowMs: number): Omit<KeyListing, 'usedAt'> {
  const { usedAt: _, ...shown } = listingOf(record, nowMs, null);
  return shown;
}

const rowOf = ({
  id,
  state,
  scopes,
  createdAt,
  expiresAt,
  revokedAt,
  from,
  name,
}: Omit<KeyListing, 'usedAt'>): string[] => {
  const ends = [expiresAt, revokedAt].filter((moment) => moment !== null).sort()[0] ?? 'never';
  return [
    id,
    state,
    scopes.join(','),
    createdAt.slice(0, 10),
    ends,
    from.length === 0 ? 'anywhere' : from.join(','),
    name,
  ];
};

function printMade(command: Command, { key, record }: MadeKey): void {
  const { name, scopes, expiresAt, from } = record;
  print(
    command,
    { key, ...shownOf(record, Date.now()) },
    () => `${key}

Keep it now: it is not shown again. ${name}: ${scopes.join(', ')}, from ${from.length === 0 ? 'anywhere' : from.join(', ')}, until ${expiresAt ?? 'revoked'}.
  curl -H "Authorization: Bearer $KEY" …`,
  );
}

function nameOf(text: string): string {
  if (text.trim() === '' || text.length > NAME_CHARS_MAX || /\p{C}/u.test(text)) {
    throw new InvalidArgumentError(`Expected 1 to ${NAME_CHARS_MAX} printable characters.`);
  }
  return text.trim();
}

function scopesOf(text: string): Scope[] {
  const given = [...new Set(text.split(',').map((scope) => scope.trim()))];
  const known = SCOPES.filter((scope) => given.includes(scope));
  if (known.length !== given.length) throw new InvalidArgumentError(`Expected some of ${SCOPES.join(', ')}.`);
  return known;
}

/** Milliseconds; null for never. */
const spanOf = (text: string): number | null => (text === 'never' ? null : spanMsOf(text, SPAN_DAYS_MAX));

function networksOf(text: string): string[] {
  return text.split(',').map((one) => {
    const network = canonicalNetwork(one.trim());
    if (network === null)
      throw new InvalidArgumentError(`Expected an address or network in CIDR notation: ${one.trim()}`);
    return network;
  });
}

/** A whole key is as good as its id; its secret goes no further. */
const idFrom = (text: string): string => text.split('.')[0]!;
