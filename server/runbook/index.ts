/** What is to be done about incidents, for people: docs/OPERATIONS.md, what of it is made of the program, and its page. */
export { renewed } from './document.ts';
export { OPERATIONS_FILE, runbookPage } from './page.ts';
export type { ActionFacts } from './tables.ts';
