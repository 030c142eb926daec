/** What did somebody do with a result? `POST /feedback`: clicks, each told by whoever showed the answer. */
import { z } from 'zod';
import { adminRoute, Refused } from '../../admin/index.ts';
import type { Route } from '../../http.ts';
import type { Relevance } from './relevance.ts';

/** A click is one line. */
const BODY_BYTES_MAX = 4096;

export const feedbackInput = z
  .strictObject({
    requestId: z
      .string()
      .min(1)
      .max(80)
      .describe('Of the answer, from its member requestId or the header X-Request-Id'),
    id: z.string().min(1).max(1024).optional().describe('Of the result: postId#n'),
    position: z.int().min(1).max(1_000_000).optional().describe('Its rank'),
    event: z.enum(['click']).default('click').describe('What was done'),
  })
  .refine(({ id, position }) => id !== undefined || position !== undefined, {
    error: 'id, position or both are required',
    path: ['id'],
  });

export const feedbackAnswer = z.strictObject({
  counted: z.boolean().describe('false where this result was clicked in this answer before'),
});

export interface FeedbackParts {
  readonly relevance: Pick<Relevance, 'click'>;
  readonly bodyDepthMax: number;
  /** An event, for the record. */
  readonly count: (event: string) => void;
}

export function feedbackRoute({ relevance, bodyDepthMax, count }: FeedbackParts): Route {
  const route = adminRoute({
    method: 'POST',
    path: '/feedback',
    input: feedbackInput,
    bodyDepthMax,
    act: ({ requestId, id, position }) => {
      const { kind } = relevance.click(requestId, { id, position });
      count(`feedback;${kind}`);
      if (kind === 'unknown')
        return new Refused(
          'impression_missing',
          `No answer with this request id waits for clicks; only those of experiments do, for canary.clickMinutes: ${requestId}`,
        );
      if (kind === 'not_shown')
        return new Refused(
          'request_invalid',
          `id, position: expected a result as that answer showed it: ${id ?? position}`,
        );
      return { counted: kind === 'counted' };
    },
  });
  return { ...route, bodyBytesMax: BODY_BYTES_MAX };
}
