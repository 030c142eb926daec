/**
 * Do answers go on lacking parts, because there is more to do than can be done?
 *
 * The ladder keeps latency in bounds, so no percentile tells of it: what visitors get is worse all the same.
 */
import type { Severity } from '../incident-type.ts';
import { lasting } from './lasting.ts';
import type { Patience } from './sustained.ts';

export interface BrownoutSettings extends Patience {
  readonly rungNoMin: number;
}

/** By what the rungs leave out: a part of reranking; all of it, and the dense leg; whatever is in no cache; everything. */
const severityOf = (rungNo: number): Severity =>
  rungNo >= 6 ? 'critical' : rungNo === 5 ? 'high' : rungNo >= 2 ? 'medium' : 'low';

export const brownout = lasting<BrownoutSettings>({
  incident: 'high_latency',
  goodBelow: 0.5,
  read: ({ rungNo }, { rungNoMin }) => ({
    share: rungNo / rungNoMin,
    severity: severityOf(rungNo),
    tell: () => ({
      numbers: { rungNo, rungNoMin },
      why: `Answers lack parts for want of room: rung ${rungNo} of 6; ${rungNoMin} is not to last`,
    }),
  }),
});
