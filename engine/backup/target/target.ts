/**
 * Where are backups put? What a repository asks of the place: named bytes that are put whole, and found again.
 *
 * Names are relative paths of lower-case letters, digits, dots, dashes and slashes: `objects/ab/ab12…`. A name that is there has
 * all of its bytes, whatever happened while they were put.
 */
export interface Target {
  /** For messages; no secrets in it. */
  readonly place: string;
  /** So many calls may usefully be under way at once. */
  readonly parallel: number;
  /** Null where there is nothing of that name. @throws EngineError backup_unreachable, as all of these */
  get(name: string): Promise<Uint8Array | null>;
  /** Takes the place of what was there. The bytes are durable then; their name is so after {@link settle}. */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Whatever is listed now survives a power cut when this has returned. */
  settle(): Promise<void>;
  /** Everything under a folder, and nothing where there is no such folder. Sorted by name. */
  list(folder: string): Promise<Stored[]>;
  /** Gone for good when it has returned; what is not there is no fault. */
  remove(names: readonly string[]): Promise<void>;
}

export interface Stored {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since the Unix epoch, by the clock of the place. */
  readonly modifiedMs: number;
}

/** How a place is named and reached; plain values, no secrets. */
export interface TargetSettings {
  /** A folder, or s3://BUCKET or s3://BUCKET/PREFIX. */
  readonly target: string;
  /** Of an S3-compatible service, such as https://minio.example:9000; empty for Amazon's own. */
  readonly endpoint: string;
  readonly region: string;
  /** One request may take so long. */
  readonly timeoutMs: number;
  /** How often a request is tried again that failed for what may pass. */
  readonly retriesMax: number;
}

const S3 = /^s3:\/\//;

export const isS3 = ({ target }: Pick<TargetSettings, 'target'>): boolean => S3.test(target);

/** @returns the prefix without slashes at its ends; null where it names no bucket */
export function bucketOf(target: string): { bucket: string; prefix: string } | null {
  const [bucket = '', ...rest] = target.replace(S3, '').split('/');
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) return null;
  return { bucket, prefix: rest.filter((part) => part !== '').join('/') };
}
