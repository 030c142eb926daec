/** How do the arms compare? Each experiment with its bounds, and the last hour by arm and reranking. Never what was asked. */
import { DAYS_MAX, groupsOf, RERANK_USES, recentIntervals } from '../../ops/index.ts';
import type { HttpAnswer, HttpRequest } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import { requestInvalid } from '../wire/index.ts';
import { json } from './json.ts';
import type { StatsParts } from './parts.ts';

const WINDOW_S = 3600;
const DAYS_PRESET = 7;

export function ab({ judge, relevance }: StatsParts, { query, headers }: HttpRequest): HttpAnswer {
  const given = new URLSearchParams(query).get('days') ?? String(DAYS_PRESET);
  const days = /^\d{1,2}$/.test(given) ? Number(given) : 0;
  if (days < 1 || days > DAYS_MAX) {
    const fault = { field: 'days', value: given.slice(0, 100), expected: `a whole number from 1 to ${DAYS_MAX}` };
    return problemAnswer(requestInvalid([fault], requestIdOf(headers.get('x-request-id'))), 'json');
  }
  const nowMs = judge.timeMs();
  const intervals = [...recentIntervals(judge.history, nowMs - WINDOW_S * 1000, nowMs)];
  const reranks = groupsOf(intervals, ({ arm, rerank }) => `${arm};${rerank}`);
  const arms = [...groupsOf(intervals, ({ arm }) => arm)].map(([arm, summary]) => ({
    arm,
    ...summary,
    rerank: Object.fromEntries(RERANK_USES.map((use) => [use, reranks.get(`${arm};${use}`) ?? null])),
  }));
  return json({ time: new Date(nowMs).toISOString(), windowSeconds: WINDOW_S, arms, ...relevance.report(days) });
}
