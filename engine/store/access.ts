/** The disk refused to write or to read the index: what is said, and what to do about it. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { isDiskError } from './disk/index.ts';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space on the disk of the index: wp-chat index status shows what it uses',
  EDQUOT: 'Free space, or raise the quota of the user that runs wp-chat',
  EROFS: 'Mount the disk of the index for writing: it may have been remounted read-only after an error',
  EACCES: 'Let the user that runs wp-chat read and write the folder of the index',
  EPERM: 'Let the user that runs wp-chat read and write the folder of the index',
  EIO: 'Look at the disk: the kernel log (dmesg) and smartctl say what is wrong with it',
};

/**
 * Does something that changes the index directory.
 *
 * @throws EngineError index_unwritable with the disk's own code; what served before serves on
 */
export function writing<Result>(index: string, change: () => Result): Result {
  try {
    return change();
  } catch (error) {
    throw unwritable(index, error);
  }
}

/** What is thrown in place of this error; it is itself where it is not the disk's. */
export const unwritable = (index: string, error: unknown): unknown =>
  refused('index_unwritable', 'Cannot write index', { index, error });

/** Looks at the index directory. @throws EngineError index_unreadable with the disk's own code */
export async function reading<Result>(index: string, look: () => Promise<Result>): Promise<Result> {
  try {
    return await look();
  } catch (error) {
    throw refused('index_unreadable', 'Cannot read index', { index, error });
  }
}

/** Errors that are not the disk's stay what they are. */
function refused(code: ErrorCode, what: string, { index, error }: { index: string; error: unknown }): unknown {
  if (!isDiskError(error)) return error;
  const remedy = REMEDIES[error.code!] ?? 'Look at the disk of the index, and run the same command again';
  return new EngineError(
    code,
    `${what}: ${error.message}`,
    { file: error.path ?? index, value: error.code, remedy },
    error,
  );
}
