/** An incident as Prometheus and its Alertmanager know alerts: labels that say which one it is, annotations that say what is so. */
import type { Notice } from '../notice.ts';
import { block, line } from '../text.ts';
import { componentsOf, linkOf, numbersOf, SOURCE } from './facts.ts';

const LABEL_MAX = 512;
const SUMMARY_MAX = 1024;
const DESCRIPTION_MAX = 8000;

/**
 * The set of labels is the alert's identity there, so it holds nothing that changes but the severity, which routes are chosen by: an
 * incident that becomes worse is a new alert, and the old one ends because it is not posted again.
 */
export const labelsOf = (notice: Notice): Readonly<Record<string, string>> =>
  filled({
    alertname: alertNameOf(notice),
    component: componentsOf(notice, LABEL_MAX),
    fingerprint: line(notice.fingerprint, LABEL_MAX),
    incident: line(notice.incidentId, LABEL_MAX),
    service: SOURCE,
    severity: notice.severity,
  });

/** `high_latency` is `HighLatency`, as alerts are called there. */
export const alertNameOf = ({ type }: Notice): string =>
  type
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

export const annotationsOf = (notice: Notice): Readonly<Record<string, string>> =>
  filled({
    dashboard: linkOf(notice.links.dashboard) ?? '',
    description: block(notice.summary, DESCRIPTION_MAX),
    level: String(notice.level),
    numbers: numbersOf(notice)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    runbook_url: linkOf(notice.links.runbook) ?? '',
    state: notice.state,
    summary: line(notice.title, SUMMARY_MAX),
  });

/** One without a value is one that is not there. Names in order, as they are there. */
const filled = (values: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));

const FNV_OFFSET = 0xcbf29ce484222325n;
const FNV_PRIME = 0x100000001b3n;
const WORD = (1n << 64n) - 1n;
const SEPARATOR = Buffer.from([0xff]);

/** As Prometheus counts it (prometheus/common, model.LabelSet): FNV-1a of 64 bits over names and values in order. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  const names = Object.keys(labels).sort();
  const bytes = Buffer.concat(
    names.flatMap((name) => [Buffer.from(name), SEPARATOR, Buffer.from(labels[name]!), SEPARATOR]),
  );
  let sum = FNV_OFFSET;
  for (const byte of bytes) sum = ((sum ^ BigInt(byte)) * FNV_PRIME) & WORD;
  return sum.toString(16).padStart(16, '0');
}
