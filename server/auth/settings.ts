/** How is access set? `server.auth`, and what follows from it. */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);
const openTo = <const Choices extends readonly [string, ...string[]]>(choices: Choices, about: string) =>
  z.enum(choices).describe(`${about} without a key: anyone (open), this machine (loopback), nobody (key)`);

export const authSchema = z.strictObject({
  keysFile: z
    .string()
    .min(1)
    .max(1024)
    .default('data/keys.json')
    .describe('File of the API keys, without their secrets'),
  search: openTo(['open', 'loopback', 'key'], 'Who may search').default('open'),
  stats: openTo(['open', 'loopback', 'key'], 'Who may read figures and the dashboard').default('loopback'),
  admin: z
    .enum(['loopback', 'key'])
    .default('loopback')
    .describe('Who may act on the server without a key: this machine (loopback), nobody (key)'),
  hosts: z
    .string()
    .max(1024)
    .default('')
    .describe(
      'Names of this server that browsers may use where no key is asked for, separated by commas; loopback ones always may',
    ),
  failuresBurst: int(1, 1_000_000, 10, 'Wrong keys that an address may send at once'),
  failuresPerMinute: int(1, 1_000_000, 10, 'Wrong keys that it may send each minute from then on'),
});

export type AuthConfig = z.infer<typeof authSchema>;

export interface AuthSettings {
  readonly openTo: Readonly<Pick<AuthConfig, 'search' | 'stats' | 'admin'>>;
  /** In lower case. */
  readonly hosts: ReadonlySet<string>;
}

export const settingsOf = ({ search, stats, admin, hosts }: AuthConfig): AuthSettings => ({
  openTo: { search, stats, admin },
  hosts: new Set(
    hosts
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  ),
});
