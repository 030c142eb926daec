/** One run of a verification: what it has found so far, how far it is, and which check may still be made. */
import type { Clock } from '../../clock.ts';
import { OutOfTime, Pace } from './pace.ts';
import type { CheckName, CheckResult, Finding, Resume, VerifyJob, VerifyProgress } from './report.ts';

export interface VerifyPorts {
  readonly clock: Clock;
  readonly sleep: (ms: number) => Promise<void>;
  readonly progress: (progress: VerifyProgress) => void;
}

/** Where each check begins on the way from 0 to 100 per cent. */
const PERCENT: Readonly<Record<CheckName, readonly [number, number]>> = {
  bytes: [0, 60],
  counts: [60, 65],
  records: [65, 85],
  words: [85, 90],
  graph: [90, 95],
  recall: [95, 100],
};

/** `skipped` where there is nothing to make the check on. */
export type Outcome = { readonly findings: readonly Finding[]; readonly measured: Record<string, number> } | 'skipped';

export class Verification {
  readonly findings: Finding[] = [];
  readonly checks: CheckResult[] = [];
  readonly pace: Pace;
  resume: Resume | null;
  readonly #ports: VerifyPorts;
  #percent = -1;

  constructor(job: VerifyJob, ports: VerifyPorts) {
    this.resume = job.resume;
    this.pace = new Pace(job, ports.clock, ports.sleep);
    this.#ports = ports;
  }

  /** @param share 0 … 1 of this check */
  report(check: CheckName, share: number): void {
    const [from, to] = PERCENT[check];
    const percent = Math.floor(from + (to - from) * Math.min(1, share));
    if (percent !== this.#percent) this.#ports.progress({ check, percent });
    this.#percent = percent;
  }

  /** Makes a check unless an earlier one found something. */
  async make(check: CheckName, look: () => Promise<Outcome> | Outcome): Promise<void> {
    if (this.findings.length > 0) {
      this.checks.push({ check, state: 'skipped', measured: {} });
      return;
    }
    this.report(check, 0);
    try {
      const outcome = await look();
      if (outcome === 'skipped') this.checks.push({ check, state: 'skipped', measured: {} });
      else {
        this.findings.push(...outcome.findings);
        this.checks.push({
          check,
          state: outcome.findings.length > 0 ? 'failed' : 'passed',
          measured: outcome.measured,
        });
      }
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      this.checks.push({ check, state: 'unfinished', measured: {} });
      throw error;
    }
  }
}
