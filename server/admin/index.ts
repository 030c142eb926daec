/** What may an operator do to a running server? */
export { adminRoute, Refused, refusalAnswer } from './admin-route.ts';
export { CURL_CONTENT_TYPE, inputOf, mediaTypeOf } from './input.ts';
export { refusable } from './refusable.ts';
