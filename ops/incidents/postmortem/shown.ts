/** Times and numbers as both documents show them. UTC, so that the same document comes out everywhere. */
import type { Stretch } from '../record/measured.ts';
import type { Impact, Postmortem } from './document.ts';

/** @param none where there is no such moment */
export const moment = (ms: number | null, none = '–'): string =>
  ms === null ? none : `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Two units at most: `2 h 5 min`, `45 s`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
export const whole = (value: number): string => grouped.format(value);

export function decimals(value: number | null, digits = 2): string {
  return value === null || !Number.isFinite(value) ? '–' : String(Number(value.toFixed(digits)));
}

export const percent = (value: number | null): string => (value === null ? '–' : `${decimals(value, 3)} %`);

export const words = (name: string): string => name.replaceAll('_', ' ');

/** As {@link words}, with a capital. */
export const heading = (name: string): string => {
  const text = words(name);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
};

export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export const percentileTable = ({ before, during, after }: Impact): Table => ({
  head: ['', 'requests', 'failed', 'late', 'success', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms'],
  rows: [row('before', before), row('during', during), ...(after === null ? [] : [row('after', after)])],
});

function row(name: string, { requests, valid, failed, slow, latency }: Stretch): string[] {
  const success = valid > 0 ? ((valid - failed) / valid) * 100 : null;
  const { p50Ms = null, p95Ms = null, p99Ms = null, maxMs = null } = latency ?? {};
  const times = [p50Ms, p95Ms, p99Ms, maxMs].map((ms) => decimals(ms, 1));
  return [name, whole(requests), whole(failed), whole(slow), percent(success), ...times];
}

export const budgetTable = ({ budgets }: Impact): Table => ({
  head: ['objective', 'bad events', 'of', 'budget burned', 'minutes of budget'],
  rows: budgets.map(({ objective, bad, total, burnedPercent, burnedMinutes }) => [
    objective,
    whole(bad),
    whole(total),
    percent(burnedPercent),
    decimals(burnedMinutes, 1),
  ]),
});

export const timeTable = ({ times, durations }: Postmortem): Table => ({
  head: ['', 'when', 'after'],
  rows: [
    ['began', moment(times.onsetMs, 'not known'), ''],
    ['detected', moment(times.detectedMs), duration(durations.detectMs)],
    ['acknowledged', moment(times.acknowledgedMs), duration(durations.acknowledgeMs)],
    ['mitigated', moment(times.mitigatedMs), duration(durations.mitigateMs)],
    ['resolved', moment(times.resolvedMs), duration(durations.resolveMs)],
  ],
});

export const actionTable = ({ actions }: Postmortem): Table => ({
  head: ['action', 'by', 'began', 'took', 'outcome', 'effect', ''],
  rows: actions.map(({ action, by, startedMs, endedMs, phase, effect, detail }) => [
    action,
    by,
    moment(startedMs),
    duration(endedMs === null ? null : endedMs - startedMs),
    words(phase),
    effect === null ? '–' : `${effect.measure}: ${decimals(effect.before)} → ${decimals(effect.after)}`,
    detail,
  ]),
});

export const suspectTable = ({ suspects }: Postmortem): Table => ({
  head: ['change', 'when', 'by', 'suspicion', ''],
  rows: suspects.map(({ kind, summary, timeMs, by, score, reason }) => [
    `${words(kind)}: ${summary}`,
    moment(timeMs),
    by,
    decimals(score),
    reason,
  ]),
});

export const timelineTable = ({ timeline }: Postmortem): Table => ({
  head: ['when', 'who', 'what'],
  rows: timeline.map(({ timeMs, by, text }) => [moment(timeMs), by, text]),
});

export const itemTable = ({ items }: Postmortem): Table => ({
  head: ['item', 'kind', 'owner', 'due', 'done'],
  rows: items.map(({ text, kind, owner, due, done }) => [text, kind, owner, due, done ? 'yes' : 'no']),
});

/** What it came to, in one paragraph. */
export function summaryOf(postmortem: Postmortem): string {
  const { summary, impact, durations, components, flaps, state } = postmortem;
  const cost =
    impact === null
      ? 'How many requests it concerned is not known'
      : `Of ${whole(impact.during.valid)} searches ${whole(impact.during.failed)} failed (${percent(impact.failedPercent)}) and ${whole(impact.during.slow)} were answered late (${percent(impact.slowPercent)})`;
  const ended = durations.mitigateMs === null ? `It is ${state}` : `Mitigated after ${duration(durations.mitigateMs)}`;
  const back = flaps === 0 ? '' : ` It came back ${flaps} ${flaps === 1 ? 'time' : 'times'}.`;
  return `${summary}. ${cost}. ${ended}.${back} Concerned: ${components.join(', ')}.`;
}
