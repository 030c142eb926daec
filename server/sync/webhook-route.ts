/** A site says that something changed: believed as far as that, and no further. */
import { z } from 'zod';
import type { Clock } from '../../engine/clock.ts';
import { inputOf } from '../admin/index.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { problem, requestInvalid, validate } from '../wire/index.ts';
import type { ChangedPosts } from './changed-posts.ts';
import { type SignatureTerms, signatureFault } from './signature.ts';

/** Three short fields. */
const BODY_BYTES_MAX = 4096;
const DEPTH_MAX = 4;
const SIGNATURE = 'x-wp-chat-signature';

/** @param types that are taken from the site */
export const webhookSchema = (types: readonly string[]) =>
  z.strictObject({
    type: z.enum(types).describe('Of the post'),
    id: z.int().min(1).describe('Its number'),
    event: z.string().max(64).optional().describe('What happened; the site itself is asked, whatever it says'),
  });

export interface WebhookParts {
  readonly terms: SignatureTerms;
  readonly types: readonly string[];
  readonly posts: Pick<ChangedPosts, 'tell'>;
  readonly clock: Clock;
}

export function webhookRoute(parts: WebhookParts): Route {
  const schema = webhookSchema(parts.types);
  return {
    method: 'POST',
    path: '/webhook/wordpress',
    headersRead: [SIGNATURE],
    bodyBytesMax: BODY_BYTES_MAX,
    handle: (request) => told(parts, schema, request),
  };
}

function told(
  { terms, posts, clock }: WebhookParts,
  schema: ReturnType<typeof webhookSchema>,
  request: HttpRequest,
): HttpAnswer {
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const fault = signatureFault(request.headers.get(SIGNATURE), request.body, terms, clock.wallMs());
  if (fault !== null) {
    const answer = problemAnswer(problem('unauthorized', fault, requestId), 'json');
    return { ...answer, headers: [...answer.headers!, ['www-authenticate', 'WP-Chat-Signature']] };
  }
  const read = inputOf(request, DEPTH_MAX, requestId);
  if ('problem' in read) return problemAnswer(read.problem, 'json');
  const validated = validate(schema, read.input);
  if (!validated.ok) return problemAnswer(requestInvalid(validated.faults, requestId), 'json');
  const { type, id } = validated.value;
  if (!posts.tell(type, String(id)))
    return problemAnswer(problem('overloaded', 'As many posts wait as may: tell it again', requestId), 'json');
  return {
    status: 202,
    contentType: 'application/json',
    body: JSON.stringify({ accepted: true, type, id }),
    headers: [['x-request-id', requestId]],
  };
}
