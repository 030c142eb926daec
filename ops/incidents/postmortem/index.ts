/** What happened, what did it cost, and what is to be learned of it? */
export { type Postmortem, postmortemOf } from './document.ts';
export { documentPolicy, postmortemHtml } from './html.ts';
export { postmortemMarkdown } from './markdown.ts';
export { type TimelineEntry, timelineOf } from './timeline.ts';
