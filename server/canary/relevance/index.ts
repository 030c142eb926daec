/** Whose results do people click? */
export { feedbackAnswer, feedbackInput, feedbackRoute } from './feedback-route.ts';
export { Relevance } from './relevance.ts';
