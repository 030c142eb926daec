/** What the routes of documents share: their parts, and how a failure inside is told and logged. */
import type { Clock } from '../../engine/clock.ts';
import { EngineError, type ErrorCode } from '../../engine/errors.ts';
import type { ErrorLog } from '../../ops/index.ts';
import type { HttpAnswer } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { problem } from '../wire/index.ts';
import type { LivingDocuments } from './living.ts';
import type { DocumentsConfig } from './settings.ts';

export interface DocumentsParts {
  readonly documents: LivingDocuments;
  readonly settings: {
    readonly bodyDepthMax: number;
    /** How long a request may wait until a change is found. */
    readonly deadlineMs: number;
    readonly documents: DocumentsConfig;
  };
  readonly errors: ErrorLog;
  readonly clock: Clock;
}

/** Where a request is, for the log. */
export interface Asked {
  readonly requestId: string;
  readonly path: string;
}

/** Not what a caller did, nor the end of the process: somebody must look. */
const QUIET: ReadonlySet<ErrorCode> = new Set(['draining']);

export function logged({ errors, clock }: DocumentsParts, { requestId, path }: Asked, error: EngineError): void {
  if (QUIET.has(error.code)) return;
  errors.write({ timeMs: clock.wallMs(), requestId, endpoint: path, code: error.code, detail: error.message });
}

/** What the documents throw as an answer. @throws whatever is no {@link EngineError}: that is a bug, which the door tells */
export function failed(parts: DocumentsParts, asked: Asked, error: unknown): HttpAnswer {
  if (!(error instanceof EngineError)) throw error;
  logged(parts, asked, error);
  return problemAnswer(problem(error.code, error.message, asked.requestId), 'json');
}
