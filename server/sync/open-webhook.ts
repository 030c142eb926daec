/** The webhook as it is configured: its secret, its site, its queue. */
import { readFileSync } from 'node:fs';
import type { Clock } from '../../engine/clock.ts';
import type { EngineConfig } from '../../engine/config.ts';
import { EngineError } from '../../engine/errors.ts';
import { credentialsFromEnv, sitePosts } from '../../engine/source/index.ts';
import type { LivingDocuments } from '../documents/index.ts';
import type { Route } from '../http.ts';
import { ChangedPosts } from './changed-posts.ts';
import { namesIn, type SyncConfig } from './settings.ts';
import { webhookRoute } from './webhook-route.ts';

export interface WebhookOptions {
  readonly config: { readonly sync: SyncConfig; readonly source: EngineConfig['source'] };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Asked when there is something to write. */
  readonly documents: () => LivingDocuments;
  readonly clock: Clock;
  /** Told of posts that could not be brought. */
  readonly report: (error: EngineError) => void;
}

export interface Webhook {
  /** None where no secret is set. */
  readonly routes: readonly Route[];
  close(): Promise<void>;
}

const SECRET_CHARS_MIN = 16;
const SECRET_VARIABLE = 'WP_CHAT_WEBHOOK_SECRET';

/** @throws EngineError config_invalid where it is half configured; source_refused where the site must not be read */
export function openWebhook({ config, environment, documents, clock, report }: WebhookOptions): Webhook {
  const { sync, source } = config;
  const secret = secretOf(sync, environment);
  if (secret === null) return { routes: [], close: () => Promise.resolve() };
  if (!URL.canParse(sync.site))
    throw new EngineError('config_invalid', `Cannot take webhooks: sync.site names no site: ${sync.site}`, {
      field: 'sync.site',
      value: sync.site,
      expected: 'the address of the site that the webhooks are about, https://…',
    });
  const end = new AbortController();
  const site = sitePosts(new URL(sync.site), {
    allowPrivateHosts: namesIn(sync.allowPrivateHosts),
    credentials: credentialsFromEnv(environment),
    limits: source,
    signal: end.signal,
  });
  const posts = new ChangedPosts({ site, documents, queueMax: sync.webhook.queueMax, report });
  const terms = { secret, toleranceS: sync.webhook.toleranceS };
  return {
    routes: [webhookRoute({ terms, types: namesIn(sync.types), posts, clock })],
    close: () => {
      end.abort(new EngineError('draining', 'The server is shutting down'));
      return posts.close();
    },
  };
}

function secretOf({ webhook }: SyncConfig, environment: WebhookOptions['environment']): string | null {
  const { secretFile } = webhook;
  const field = secretFile === '' ? SECRET_VARIABLE : 'sync.webhook.secretFile';
  let secret = environment[SECRET_VARIABLE] ?? '';
  try {
    if (secretFile !== '') secret = readFileSync(secretFile, 'utf8').trim();
  } catch (error) {
    throw new EngineError('config_invalid', `Cannot read the secret of webhooks: ${(error as Error).message}`, {
      field,
    });
  }
  if (secretFile === '' && secret === '') return null;
  if (secret.length >= SECRET_CHARS_MIN) return secret;
  throw new EngineError('config_invalid', `Cannot take webhooks: the secret has ${secret.length} characters`, {
    field,
    expected: `at least ${SECRET_CHARS_MIN} characters`,
    remedy: 'Make one: openssl rand -hex 32',
  });
}
