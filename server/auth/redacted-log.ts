/** The error log, with the secrets of keys blotted out of whatever an error happens to quote. */
import { type ErrorEntry, ErrorLog } from '../../ops/index.ts';
import { withoutSecrets } from './key.ts';

export class RedactedErrorLog extends ErrorLog {
  override write(entry: ErrorEntry): void {
    super.write({ ...entry, endpoint: withoutSecrets(entry.endpoint), detail: withoutSecrets(entry.detail) });
  }
}
