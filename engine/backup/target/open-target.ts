/** `backup.target` → the place that it names. */
import { EngineError } from '../../errors.ts';
import { machineDisk } from '../../store/disk/index.ts';
import { FolderTarget } from './folder-target.ts';
import { credentialsFrom } from './s3-credentials.ts';
import { S3Target } from './s3-target.ts';
import { bucketOf, isS3, type Target, type TargetSettings } from './target.ts';

/**
 * @param environment where the keys of an S3 service are; they are nowhere else
 * @throws EngineError config_invalid where nothing is named, or a bucket is misspelt, or its keys are missing
 */
export function openTarget(
  settings: TargetSettings,
  environment: Readonly<Record<string, string | undefined>>,
): Target {
  const { target } = settings;
  if (!isS3(settings)) return new FolderTarget(target, machineDisk);
  const bucket = bucketOf(target);
  if (bucket === null)
    throw new EngineError(
      'config_invalid',
      `backup.target: expected s3://BUCKET or s3://BUCKET/PREFIX, got ${target}`,
      {
        field: 'backup.target',
        value: target,
        expected: 's3://BUCKET or s3://BUCKET/PREFIX',
      },
    );
  return new S3Target(settings, bucket, credentialsFrom(environment, target));
}
