/** In which order files of tests run: those that take longest begin, so that no worker has one of them left when all others are done. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes more than ten seconds on two cores, the longest first; a file that is missing here only comes later. */
const SLOWEST: readonly string[] = [
  'site/wordpress-site',
  'engine/source/wordpress',
  'server/cli/commands',
  'server/backup/backup-live',
  'server/serving/metrics',
  'server/serving/swap',
  'server/pages/search',
  'server/pages/accessibility',
  'ops/dashboard/live',
  'ops/dashboard/trouble',
  'server/cli/live',
  'server/cli/start',
  'server/cli/capacity',
  'server/cli/index-commands',
  'server/cli/keys',
  'server/cli/doctor',
  'server/auth/listening',
  'server/serving/judge',
  'server/openapi-served',
  'server/auth/route-scopes',
  'server/cli/search',
  'owasp/outgoing',
  'fuzz/fuzz',
  'engine/lexical/exact',
  'hardening/patterns',
  'ops/capacity/answer',
  'ops/slo/prometheus',
  'bench/replay',
];

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = SLOWEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  return rank < 0 ? SLOWEST.length : rank;
};

export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).sort((one, other) => rankOf(one) - rankOf(other));
  }
}
