/** Has this been answered before, and may the answer be given again? */
export { type Answer, answerOf, bytesOf, headOf, LentBytes, type Shown, shownOf } from './answer.ts';
export { AnswerCache, type Ask, type Found } from './answer-cache.ts';
export type { Question } from './answer-key.ts';
export { batchBytes } from './batch-bytes.ts';
export { cacheAdmin, cacheDisableInput, cacheInput } from './cache-admin.ts';
export { cacheState, cacheStats } from './cache-stats.ts';
export { addressOf, httpAnswerOf, lentAddressOf, readyAnswerOf } from './http-answer.ts';
export type { CacheNotice } from './notices.ts';
export { openAnswerCache } from './open-answer-cache.ts';
export { TinyLfu } from './tiny-lfu.ts';
