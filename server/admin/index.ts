/** What may an operator do to a running server? */
export { adminRoute } from './admin-route.ts';
