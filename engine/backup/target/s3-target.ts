/**
 * Backups in a bucket of a service that speaks S3. This is the one file that knows s3mini.
 *
 * A put is whole or not there, and what was put is listed and read from then on (AWS promises both since 2020, and those who speak
 * its protocol with it), so there is nothing to settle. Each request has an end; one that failed for what may pass is tried
 * again, after pauses that double, with as much chance in them (AWS, "Exponential Backoff And Jitter").
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { S3mini, S3NetworkError, S3ServiceError } from 's3mini';
import { fetch } from 'undici';
import { EngineError } from '../../errors.ts';
import { withoutTrailing } from '../../trim-end.ts';
import type { S3Credentials } from './s3-credentials.ts';
import type { Stored, Target, TargetSettings } from './target.ts';

const PARALLEL = 8;
const PAUSE_MS = { first: 200, longest: 10_000 } as const;
/** Most names that one request may delete, and one answer lists. */
const NAMES_MAX = 1000;

/** Statuses of a service that may do it the next time. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

export class S3Target implements Target {
  readonly place: string;
  readonly parallel = PARALLEL;
  readonly #client: S3mini;
  readonly #prefix: string;
  readonly #settings: TargetSettings;
  readonly #endpoint: string;
  readonly #bucket: string;

  /** @throws EngineError config_invalid where the endpoint is no address */
  constructor(settings: TargetSettings, { bucket, prefix }: { bucket: string; prefix: string }, keys: S3Credentials) {
    this.place = settings.target;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
    this.#settings = settings;
    this.#bucket = bucket;
    this.#endpoint = settings.endpoint === '' ? `https://s3.${settings.region}.amazonaws.com` : settings.endpoint;
    if (!/^https?:\/\/[^/]/.test(this.#endpoint) || !URL.canParse(this.#endpoint))
      throw new EngineError('config_invalid', `backup.endpoint: expected an address, got ${this.#endpoint}`, {
        field: 'backup.endpoint',
        value: this.#endpoint,
        expected: 'an address such as https://minio.example:9000',
      });
    this.#client = new S3mini({
      ...keys,
      endpoint: `${withoutTrailing(this.#endpoint, '/')}/${bucket}`,
      region: settings.region,
      requestAbortTimeout: settings.timeoutMs,
      // Whoever loads undici before the first fetch of the process has that one sent by undici's dispatcher, which refuses what
      // Node's own fetch says of a body's length: its own is right whoever came first.
      fetch: fetch as unknown as typeof globalThis.fetch,
    });
  }

  get(name: string): Promise<Uint8Array | null> {
    return this.#asking(`read ${name}`, async () => {
      const bytes = await this.#client.getObjectArrayBuffer(this.#prefix + name);
      return bytes === null ? null : new Uint8Array(bytes);
    });
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    await this.#asking(`write ${name}`, () => this.#client.putObject(this.#prefix + name, bytes));
  }

  async settle(): Promise<void> {}

  async list(folder: string): Promise<Stored[]> {
    const found: Stored[] = [];
    let token: string | undefined;
    do {
      const page = await this.#asking(`list ${folder}`, () =>
        this.#client.listObjectsPaged('/', `${this.#prefix}${folder}/`, NAMES_MAX, token),
      );
      if (page === null || page === undefined)
        throw this.#failure(`list ${folder}`, new S3ServiceError('', 404, 'NoSuchBucket'));
      for (const { Key, Size, LastModified } of page.objects ?? []) {
        const modifiedMs = new Date(LastModified).getTime();
        found.push({ name: Key.slice(this.#prefix.length), bytes: Number(Size), modifiedMs });
      }
      token = page.nextContinuationToken;
    } while (token !== undefined);
    return found.sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  async remove(names: readonly string[]): Promise<void> {
    for (let from = 0; from < names.length; from += NAMES_MAX) {
      const some = names.slice(from, from + NAMES_MAX).map((name) => this.#prefix + name);
      const what = `remove ${names[from]}`;
      const gone = await this.#asking(what, () => this.#client.deleteObjects(some));
      if (gone.includes(false)) throw this.#failure(what, new S3ServiceError('', 403, 'AccessDenied'));
    }
  }

  async #asking<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
    for (let tries = 0; ; tries++) {
      try {
        return await ask();
      } catch (error) {
        if (!isOfService(error)) throw error;
        if (tries >= this.#settings.retriesMax || !mayPass(error)) throw this.#failure(what, error);
        const longestMs = Math.min(PAUSE_MS.longest, PAUSE_MS.first * 2 ** tries);
        await sleep(longestMs * (0.5 + Math.random() / 2));
      }
    }
  }

  #failure(what: string, error: unknown): EngineError {
    const { code, said } = reasonOf(error);
    return new EngineError(
      'backup_unreachable',
      `Cannot ${what} in bucket ${this.#bucket} at ${this.#endpoint}: ${code}${said === '' ? '' : `: ${said}`}`,
      { field: 'backup.target', value: code, remedy: this.#remedy(code) },
      error,
    );
  }

  #remedy(code: string): string {
    switch (code) {
      case 'NoSuchBucket':
        return `Make the bucket ${this.#bucket}, or name another one in backup.target`;
      case 'InvalidAccessKeyId':
      // As versitygw has it.
      case 'XAdminUserNotFound':
      case 'SignatureDoesNotMatch':
        return 'See that WP_CHAT_BACKUP_ACCESS_KEY_ID and WP_CHAT_BACKUP_SECRET_ACCESS_KEY are those of this service';
      case 'AccessDenied':
        return `Let this key list, read, write and delete in the bucket ${this.#bucket}`;
      case 'AuthorizationHeaderMalformed':
      case 'IllegalLocationConstraintException':
        return 'Set backup.region to the region of the bucket';
      case 'RequestTimeTooSkewed':
        return 'Set the clock of this machine';
      default:
        return `See that ${this.#endpoint} is reached from here and well, then run the same command again: what was written is used`;
    }
  }
}

/** A refusal for good is one that the service gave for a reason of ours. */
function mayPass(error: unknown): boolean {
  return !(error instanceof S3ServiceError) || PASSING.has(error.status);
}

/** Said by the service or the way to it; anything else is a fault of ours. */
const isOfService = (error: unknown): boolean =>
  error instanceof S3ServiceError || error instanceof S3NetworkError || isTimeout(error) || isBroken(error);

/** The words of fetch for a connection that did not come about, or ended before the answer did. */
const isBroken = (error: unknown): boolean =>
  error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message);

const isTimeout = (error: unknown): boolean =>
  error instanceof Error && ['TimeoutError', 'AbortError'].includes(error.name);

function reasonOf(error: unknown): { code: string; said: string } {
  if (error instanceof S3ServiceError) {
    const said = /<Message>([^<]*)<\/Message>/.exec(error.body ?? '')?.[1] ?? '';
    return { code: error.serviceCode ?? String(error.status), said };
  }
  if (isTimeout(error)) return { code: 'ETIMEDOUT', said: 'no answer in time' };
  // The innermost says it: fetch and the client only say that it failed.
  let inner = error as { cause?: unknown; code?: unknown; message?: string };
  while (inner.cause instanceof Error) inner = inner.cause;
  return { code: typeof inner.code === 'string' ? inner.code : 'unreachable', said: inner.message ?? String(error) };
}
