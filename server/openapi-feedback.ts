/** How is it told what people click, as the API description has it? */
import { feedbackAnswer, feedbackInput } from './canary/relevance/index.ts';
import { act } from './openapi-action.ts';
import type { Operation } from './openapi-schema.ts';

export function feedback(): Operation {
  const told = act(
    '/feedback',
    'Tell of a click on a result: it is credited to the arm that brought it',
    feedbackInput,
    feedbackAnswer,
  );
  const refusals = { ...told.refusals, 404: 'No answer with this request id waits for clicks' };
  return { ...told, tag: 'search', refusals };
}
