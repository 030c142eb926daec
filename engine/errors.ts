/**
 * Every way in which the product can refuse, by its stable code.
 *
 * The code is part of the API: it is in the problem document, in the command line's JSON and in the logs. The sentence
 * says what happened in general; the detail of an {@link EngineError} says where and with which value.
 */
export const ERROR_SENTENCES = {
  config_invalid: 'The configuration is not valid',
  request_invalid: 'The request is not valid',
  body_unreadable: 'The body could not be read',
  body_too_large: 'The body is larger than the limit',
  body_too_slow: 'The body did not come in time',
  media_type_unsupported: 'The content type is not supported',
  not_acceptable: 'None of the accepted content types can be produced',
  unauthorized: 'A key is needed here',
  forbidden: 'The key does not allow this',
  rate_limited: 'Too many requests',
  blocked: 'The address is blocked',
  blocks_full: 'There is no room for another block',
  not_found: 'There is nothing at this address',
  document_missing: 'There is no such document',
  version_conflict: 'The document is not the one that was meant',
  key_reused: 'The idempotency key was used for something else',
  changes_full: 'There is no room for changes until the index is merged',
  method_not_allowed: 'The method is not allowed here',
  index_missing: 'There is no index yet',
  index_foreign: 'The index was not written by this version',
  index_damaged: 'The index is damaged',
  index_busy: 'The index is being written by another process',
  index_swapping: 'Another index is being taken into service',
  index_unfit: 'The index does not fit the models that are open',
  index_shrunk: 'The new index would have fewer documents than the old one',
  memory_short: 'There is not enough memory',
  index_unreadable: 'The index could not be read',
  index_unwritable: 'The index could not be written',
  backup_missing: 'There is no such backup',
  backup_damaged: 'The backup is damaged',
  backup_busy: 'The backups are being changed by another process',
  backup_unreachable: 'The place of the backups could not be read or written',
  backup_refused: 'This would lose what nobody agreed to lose',
  incident_missing: 'There is no such incident',
  incident_changed: 'The incident is not the one that was meant',
  incident_state: 'The incident is not in a state that allows this',
  incidents_full: 'There is no room for more of this',
  model_missing: 'The model is not installed',
  model_damaged: 'The model files do not match their checksums',
  model_failed: 'The model failed to answer',
  canary_missing: 'There is no such experiment',
  canary_stopped: 'All experiments are stopped',
  canary_conflict: 'The experiment does not allow this as it is',
  canary_unwritable: 'The state of the experiments could not be kept',
  variant_invalid: 'The variant is not valid',
  source_unreadable: 'The source could not be read',
  source_refused: 'The source address is not allowed',
  source_invalid: 'The source is malformed',
  deadline_exceeded: 'The deadline passed before the answer was ready',
  overloaded: 'The server is at its limit',
  draining: 'The server is shutting down',
  action_refused: 'This cannot be done now',
  worker_lost: 'The worker died while answering',
  impression_missing: 'There is no such answer, or it is too long ago',
  internal: 'Something went wrong inside',
} as const satisfies Record<string, string>;

export type ErrorCode = keyof typeof ERROR_SENTENCES;

/** Where in a file or request the fault lies, as far as it is known. */
export interface ErrorPlace {
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
  /** Dotted path of the field, such as `retrieval.bm25.k1`. */
  readonly field?: string;
  readonly value?: unknown;
  /** What would have been right, as a phrase: 'a number from 0 to 3'. */
  readonly expected?: string;
  /** What to do about it, as a sentence or a command. */
  readonly remedy?: string;
}

/** A refusal with a stable code. Bugs are ordinary errors and asserts; this is for what the world may do to us. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly place: ErrorPlace;

  constructor(code: ErrorCode, detail: string, place: ErrorPlace = {}, cause?: unknown) {
    super(detail, cause === undefined ? undefined : { cause });
    this.code = code;
    this.place = place;
  }
}
