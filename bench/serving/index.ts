/** How fast does the server answer, and what does it ask of the models? */
export { askAll, pathOf, workOf } from './answers.ts';
export { type Client, openClient } from './client.ts';
export { runLoad } from './load.ts';
export { benchServing } from './serving.ts';
export { modelWorkOf } from './work.ts';
