/** Whose results do people click? */
export { feedbackAnswer, feedbackInput, feedbackRoute } from './feedback-route.ts';
export { askBoth, type Sides } from './interleaving.ts';
export { Relevance } from './relevance.ts';
export { relevanceShape } from './settings.ts';
