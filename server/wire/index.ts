/** What crosses HTTP: requests validated, answers and refusals encoded. */

export { answerSchema, batchAnswerSchema, problemSchema } from './answer-schema.ts';
export {
  CONTENT_TYPES,
  type Decoded,
  decode,
  decodeAhead,
  encode,
  type Format,
  formatOfAnswer,
  formatOfBody,
} from './codec.ts';
export { type FieldFault, type Problem, problem, requestInvalid } from './problem.ts';
export { parseQueryString } from './query-string.ts';
export { batchSchema, filtersSchema, type SearchSchema, searchSchema } from './request-schema.ts';
export { type Validated, validate, validateSearch } from './validate.ts';
