/** What may an operator do to a running server? */
export { adminRoute, Refused } from './admin-route.ts';
