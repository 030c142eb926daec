/** Refusals as problem documents (RFC 9457): one table from code to status. */
import { ERROR_SENTENCES, type ErrorCode } from '../../engine/errors.ts';

const STATUS: Readonly<Record<ErrorCode, number>> = {
  config_invalid: 500,
  request_invalid: 400,
  body_unreadable: 400,
  body_too_large: 413,
  body_too_slow: 408,
  media_type_unsupported: 415,
  not_acceptable: 406,
  unauthorized: 401,
  forbidden: 403,
  rate_limited: 429,
  blocked: 403,
  blocks_full: 409,
  not_found: 404,
  document_missing: 404,
  version_conflict: 412,
  key_reused: 422,
  changes_full: 503,
  method_not_allowed: 405,
  index_missing: 503,
  index_foreign: 503,
  index_damaged: 503,
  index_busy: 409,
  index_swapping: 409,
  index_unfit: 409,
  index_shrunk: 409,
  memory_short: 503,
  index_unreadable: 503,
  index_unwritable: 507,
  backup_missing: 404,
  backup_damaged: 500,
  backup_busy: 409,
  backup_unreachable: 502,
  backup_refused: 409,
  incident_missing: 404,
  incident_changed: 409,
  incident_state: 409,
  incidents_full: 409,
  model_missing: 503,
  model_damaged: 503,
  model_failed: 500,
  canary_missing: 404,
  canary_stopped: 409,
  canary_conflict: 409,
  canary_unwritable: 507,
  variant_invalid: 400,
  source_unreadable: 502,
  source_refused: 400,
  source_invalid: 422,
  deadline_exceeded: 504,
  overloaded: 503,
  draining: 503,
  action_refused: 409,
  worker_lost: 500,
  impression_missing: 404,
  internal: 500,
};

/** One field of a request that is not right. */
export interface FieldFault {
  /** Dotted path, such as `filters.date_from`. */
  readonly field: string;
  readonly value: unknown;
  readonly expected: string;
}

/** The members every refusal has; MessagePack carries the same. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  readonly errors?: readonly FieldFault[];
  /** Of the document as it is, where another was meant; null where there is none. */
  readonly version?: number | null;
}

export function problem(code: ErrorCode, detail: string, requestId: string, errors?: readonly FieldFault[]): Problem {
  return {
    type: `urn:wp-chat:problem:${code}`,
    title: ERROR_SENTENCES[code],
    status: STATUS[code],
    code,
    detail,
    requestId,
    ...(errors === undefined ? {} : { errors }),
  };
}

/** The refusal of a request with fields that are not right. */
export function requestInvalid(faults: readonly FieldFault[], requestId: string): Problem {
  const detail = faults.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
  return problem('request_invalid', detail, requestId, faults);
}
