/** From which site does a running server get its changes? `sync`. */
import { z } from 'zod';

const int = (low: number, high: number, preset: number, about: string) =>
  z.int().min(low).max(high).default(preset).describe(about);
const text = (preset: string, about: string) => z.string().max(1024).default(preset).describe(about);

export const syncSchema = z.strictObject({
  site: text('', 'Address of the WordPress site that changes come from, such as https://blog.example; empty for none'),
  types: text('post,page', 'Post types that are taken from it, separated by commas'),
  allowPrivateHosts: text('', 'Hosts on a private network that it may be read from, separated by commas'),
  directory: z
    .string()
    .min(1)
    .max(1024)
    .default('data/sync')
    .describe('Folder where wp-chat sync remembers what it has seen of each site'),
  webhook: z
    .strictObject({
      secretFile: text(
        '',
        'File of the secret that webhooks are signed with; empty for WP_CHAT_WEBHOOK_SECRET, or no webhook',
      ),
      toleranceS: int(1, 3600, 300, 'Seconds that the time of a signature may be away from the clock'),
      queueMax: int(1, 100_000, 1000, 'Posts that may wait until they are fetched; further ones are refused'),
    })
    .prefault({}),
});

export type SyncConfig = z.infer<typeof syncSchema>;

/** Names separated by commas. */
export const namesIn = (text: string): string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
