/** What is measured, for other tools: histograms as files, /metrics as text, columns for charts. */

import {
  exportHistograms,
  METRICS_CONTENT_TYPES,
  metricsText,
  negotiate,
  parseSelection,
  TIMELINE_RANGES,
  timeline,
} from '../../ops/index.ts';
import { connectionFamilies } from '../connections/index.ts';
import type { HttpAnswer, HttpRequest } from '../http.ts';
import { problemAnswer } from '../problem-answer.ts';
import { requestIdOf } from '../request-id.ts';
import type { SharedStatus } from '../shared/index.ts';
import { type FieldFault, problem, requestInvalid } from '../wire/index.ts';
import { backupGauges } from './backup-gauges.ts';
import { json, NO_STORE } from './json.ts';
import type { StatsParts } from './parts.ts';

export function histograms({ judge, exports }: StatsParts, { query, headers }: HttpRequest): HttpAnswer {
  const { history } = judge;
  if (exports.full) {
    const detail = 'As many exports as may run at once are being read (ops.exportsMax)';
    return problemAnswer(problem('overloaded', detail, requestIdOf(headers.get('x-request-id'))), 'json');
  }
  const parsed = parseSelection(query, { nowMs: judge.timeMs(), retentionMs: history.retentionMs });
  if (!parsed.ok) return refusal(parsed.faults, headers);
  const { contentType, fileName, body } = exportHistograms(history, parsed.value);
  const disposition = ['content-disposition', `attachment; filename="${fileName}"`] as const;
  return { status: 200, contentType, body: exports.counted(body), headers: [NO_STORE, disposition] };
}

export async function timelineOf({ judge }: StatsParts, { query, headers }: HttpRequest): Promise<HttpAnswer> {
  const given = new URLSearchParams(query).get('range') ?? TIMELINE_RANGES[0];
  const range = TIMELINE_RANGES.find((one) => one === given);
  if (range === undefined) {
    const fault = { field: 'range', value: given.slice(0, 100), expected: `one of ${TIMELINE_RANGES.join(', ')}` };
    return refusal([fault], headers);
  }
  return json(await timeline(judge.history, range, judge.timeMs()));
}

export function openMetrics(parts: StatsParts, { headers }: HttpRequest): HttpAnswer {
  const { judge, startedAtMs, store, backups, changes, connections } = parts;
  const format = negotiate(headers.get('accept') ?? null);
  const state = {
    startedMs: startedAtMs,
    totals: judge.totals(),
    events: judge.recorder.events,
    snapshot: judge.snapshot,
    families: [...connectionFamilies(connections.status()), ...changes()],
    gauges: [...sharedGauges(store.status()), ...backupGauges(backups.freshness(), judge.timeMs())],
  };
  return {
    status: 200,
    contentType: METRICS_CONTENT_TYPES[format],
    body: metricsText(state, format),
    headers: [NO_STORE],
  };
}

/** Nothing where nothing is shared. */
function sharedGauges(status: SharedStatus): { name: string; help: string; value: number }[] {
  if (status.kind === 'process') return [];
  const { state, unsent } = status;
  return [
    {
      name: 'wp_chat_shared_up',
      help: 'Whether limits are counted in common with other processes, 1 or 0.',
      value: state === 'up' ? 1 : 0,
    },
    { name: 'wp_chat_shared_unsent', help: 'Changes that other processes were not told yet.', value: unsent },
  ];
}

function refusal(faults: readonly FieldFault[], headers: HttpRequest['headers']): HttpAnswer {
  return problemAnswer(requestInvalid(faults, requestIdOf(headers.get('x-request-id'))), 'json');
}
