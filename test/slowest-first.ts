/** In which order files of tests run: those that take longest begin, so that no worker has one of them left when all others are done. */
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, about in this order. Where a file is missing here it only comes later. */
const SLOWEST: readonly string[] = [
  // The index of the sample site is built by the first that needs it: meanwhile others begin that do not.
  'server/pages/search',
  'site/wordpress-site',
  'engine/source/wordpress',
  'server/actions/real',
  'server/serving/swap',
  'ops/dashboard/live',
  'server/cli/commands',
  'server/cli/capacity',
  'ops/dashboard/trouble',
  'operations/commands',
  'ops/dashboard/incident',
  'ops/capacity/answer',
  'ops/slo/prometheus',
  'server/backup/backup-live',
  'server/pages/accessibility',
  'server/cli/live',
  'server/cli/start',
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
