/** Is what a campaign saw good enough? */
import type { CampaignReport } from './campaign.ts';

/** What the process may grow by between the second tenth, when its caches are warm, and the end. */
const GROWTH_BYTES_MAX = 128 * 2 ** 20;
/** And between the middle and the end, when they are full: medians of three tenths each. */
const LATE_GROWTH_BYTES_MAX = 32 * 2 ** 20;
/** Files and sockets that may be open afterwards and were not before: of logs that were begun, and connections that are being closed. */
const HANDLES_MAX = 16;
/** Below it the process is still warming up. */
const LONG_REQUESTS = 100_000;

/** Everything that is wrong; empty where nothing is. */
export function faultsOf(report: CampaignReport): string[] {
  const { faults, sameAnswers, workersLost, rssBytes, handles, sent } = report;
  const [before, after] = handles;
  const requests = Object.values(sent).reduce((sum, count) => sum + count, 0);
  const middle = Math.floor(rssBytes.length / 2);
  const late = median(rssBytes.slice(-3)) - median(rssBytes.slice(middle - 1, middle + 2));
  return [
    ...faults,
    ...(sameAnswers ? [] : ['Good queries are answered otherwise than before']),
    ...(workersLost === 0 ? [] : [`Workers died: ${workersLost}`]),
    ...(rssBytes.at(-1)! - rssBytes[2]! <= GROWTH_BYTES_MAX ? [] : [`Memory grew: ${rssBytes.join(', ')}`]),
    ...(requests < LONG_REQUESTS || late <= LATE_GROWTH_BYTES_MAX
      ? []
      : [`Memory still grows: ${rssBytes.join(', ')}`]),
    ...(after <= before + HANDLES_MAX ? [] : [`Handles stay open: ${before} before, ${after} after`]),
  ];
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;
