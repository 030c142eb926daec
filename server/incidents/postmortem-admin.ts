/** The post-mortem of an incident: read as JSON, Markdown or a page, and written up. */

import type { z } from 'zod';
import {
  documentPolicy,
  type IncidentKeeper,
  type Postmortem,
  postmortemHtml,
  postmortemMarkdown,
  type Told,
} from '../../ops/incidents/index.ts';
import { adminRoute, inputOf, Refused, refusable, refusalAnswer } from '../admin/index.ts';
import type { HttpAnswer, HttpRequest, Route } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { requestInvalid, validate } from '../wire/index.ts';
import { byOf, idIn } from './acting.ts';
import { postmortemInput, writeUpInput } from './incident-inputs.ts';
import { saidOf } from './incidents-admin.ts';

const PATH = '/admin/incidents/:id/postmortem';
type Format = 'json' | 'markdown' | 'html';

const SHOWN: Readonly<Record<Format, readonly [type: string, show: (postmortem: Postmortem) => string]>> = {
  json: ['application/json', (postmortem) => JSON.stringify(postmortem)],
  markdown: ['text/markdown; charset=utf-8', postmortemMarkdown],
  html: ['text/html; charset=utf-8', postmortemHtml],
};

/** @param keeper asked when somebody asks */
export const postmortemAdmin = (
  keeper: () => IncidentKeeper,
  { bodyDepthMax }: { readonly bodyDepthMax: number },
): Route[] => [
  { method: 'GET', path: PATH, handle: (request) => read(keeper(), request, bodyDepthMax) },
  adminRoute({
    method: 'PATCH',
    path: PATH,
    input: writeUpInput,
    bodyDepthMax,
    act: (input, request) => refusable(async () => saidOf('written up', await writeUp(keeper(), input, request))),
  }),
];

async function read(keeper: IncidentKeeper, request: HttpRequest, bodyDepthMax: number): Promise<HttpAnswer> {
  const requestId = requestIdOf(request.headers.get('x-request-id'));
  const asked = inputOf(request, bodyDepthMax, requestId);
  if ('problem' in asked) return problemAnswer(asked.problem, 'json');
  const validated = validate(postmortemInput, asked.input);
  if (!validated.ok) return problemAnswer(requestInvalid(validated.faults, requestId), 'json');
  const format = validated.value.format ?? acceptedBy(request.headers.get('accept') ?? '');
  const postmortem = await refusable(() => keeper.postmortem(idIn(request)));
  if (postmortem instanceof Refused) return refusalAnswer(postmortem, requestId);
  const [contentType, show] = SHOWN[format];
  return {
    status: 200,
    contentType,
    body: show(postmortem),
    headers: [
      ['cache-control', 'no-store'],
      ['x-request-id', requestId],
      ['vary', 'accept'],
      ...(format === 'html' ? [['content-security-policy', documentPolicy] as const] : []),
    ],
  };
}

/** What is named first; JSON where nothing of ours is. */
function acceptedBy(accept: string): Format {
  for (const range of accept.split(',')) {
    const type = range.split(';', 1)[0]!.trim().toLowerCase();
    if (type === 'text/html' || type === 'application/xhtml+xml') return 'html';
    if (type === 'text/markdown') return 'markdown';
    if (type === 'application/json') return 'json';
  }
  return 'json';
}

/**
 * What was written first, then the status: who closes it in the same breath has written it before. A status that cannot be is refused
 * before anything is written.
 */
async function writeUp(
  keeper: IncidentKeeper,
  { status, sections, checklists, items, ...who }: z.infer<typeof writeUpInput>,
  request: HttpRequest,
): Promise<Told> {
  const id = idIn(request);
  const by = byOf(who, request);
  const { incident } = keeper.get(id);
  const later = { by: by.by };
  const steps: ((by: typeof later) => Promise<Told>)[] = [];
  for (const [section, text] of Object.entries(sections))
    steps.push((as) => keeper.edit(id, { section: section as keyof typeof sections, text }, as));
  for (const item of items) steps.push((as) => keeper.edit(id, { item }, as));
  for (const [item, done] of Object.entries(checklists))
    steps.push((as) => keeper.tick(id, item as keyof typeof checklists, done, as));
  if (status !== undefined) {
    const step = (as: typeof later): Promise<Told> => keeper.setPostmortem(id, status, as);
    // Closed is the end: what is written goes before it. All else may be refused, and is tried first.
    if (status === 'closed' && incident.postmortem.status === 'reviewed') steps.push(step);
    else steps.unshift(step);
  }
  let told: Told = { incident, durable: true };
  for (const [at, step] of steps.entries()) {
    const one = await step(at === 0 ? by : later);
    told = { incident: one.incident, durable: told.durable && one.durable };
  }
  return told;
}
