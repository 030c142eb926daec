/** Was what was seen what has to be? Every bound that does not hold is a sentence with what it is and what was seen. */
import type { Result, Times } from './result.ts';
import { GOOD_P95_MS, type Scenario } from './scenario.ts';
import { isFast, type Seen, type SeenIncident, steadyFrom } from './seen.ts';

export function judge(scenario: Scenario, seen: Seen): Result {
  const { expected } = scenario;
  const failures = expected === null ? decoyFailures(seen) : faultFailures(expected, seen);
  return {
    scenario: scenario.name,
    title: scenario.title,
    expected: expected?.type ?? null,
    passed: failures.length === 0,
    failures,
    times: timesOf(scenario, seen),
    incidents: seen.incidents,
    seen,
  };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

const ofType = ({ incidents }: Seen, type: string): SeenIncident | undefined =>
  incidents.find((incident) => incident.type === type);

function timesOf({ expected }: Scenario, seen: Seen): Times {
  const { onsetMs, recoveredMs } = seen;
  const incident = expected === null ? undefined : ofType(seen, expected.type);
  const since = (ms: number | null | undefined): number | null => (ms == null ? null : seconds(ms - onsetMs));
  const acted = incident?.actions.filter(({ by, phase }) => by === RUNBOOK && phase === 'succeeded') ?? [];
  return {
    detectedS: since(incident?.typedMs),
    actedS: since(acted.length === 0 ? null : Math.min(...acted.map(({ atMs }) => atMs))),
    fastAgainS: since(fastFrom(seen)),
    recoveredS: since(recoveredMs),
  };
}

/** What the machine does by itself is done under this name. */
const RUNBOOK = 'runbook';

/** While what is wrong goes on. Zero where it never was slow. */
function fastFrom({ seconds: all, onsetMs, withdrawnMs }: Seen): number | null {
  const during = all.filter(({ atMs }) => atMs > onsetMs && atMs <= withdrawnMs);
  const last = during.findLastIndex((second) => !isFast(second, GOOD_P95_MS) && second.answered > 0);
  if (last < 0) return during.length === 0 ? null : onsetMs;
  return steadyFrom(during, during[last]!.atMs, (second) => isFast(second, GOOD_P95_MS));
}

function faultFailures(expected: NonNullable<Scenario['expected']>, seen: Seen): string[] {
  const { type, detectSMax, mitigateSMax, automatic, tried } = expected;
  const failures: string[] = [];
  const incident = ofType(seen, type);
  const others = seen.incidents.filter((one) => one !== incident);
  if (incident === undefined)
    failures.push(`No ${type} was noticed within ${seconds(seen.withdrawnMs - seen.onsetMs)} s`);
  else if (incident.typedMs - seen.onsetMs > detectSMax * 1000)
    failures.push(`Noticed after ${seconds(incident.typedMs - seen.onsetMs)} s, at most ${detectSMax} s are promised`);
  if (others.length > 0)
    failures.push(`One fault is to be one incident; there were also: ${others.map((one) => one.type).join(', ')}`);
  const phasesOf = (action: string): string[] =>
    incident?.actions.filter((one) => one.action === action && one.by === RUNBOOK).map(({ phase }) => phase) ?? [];
  for (const action of automatic) {
    const phases = phasesOf(action);
    if (!phases.includes('succeeded'))
      failures.push(`${action} did not help by itself: ${phases.at(-1) ?? 'never begun'}`);
  }
  for (const action of tried)
    if (!phasesOf(action).some((phase) => phase === 'succeeded' || phase === 'failed'))
      failures.push(`${action} was not tried: ${phasesOf(action).at(-1) ?? 'never begun'}`);
  if (mitigateSMax !== null) {
    const fastMs = fastFrom(seen);
    const tookS = fastMs === null ? null : seconds(fastMs - seen.onsetMs);
    if (tookS === null || tookS > mitigateSMax)
      failures.push(
        `The 95th percentile was ${tookS === null ? 'not' : `only after ${tookS} s`} below ${GOOD_P95_MS} ms, within ${mitigateSMax} s is promised`,
      );
  }
  if (seen.recoveredMs === null) failures.push('The service was not good again after the fault was taken back');
  return failures;
}

function decoyFailures({ incidents, recoveredMs }: Seen): string[] {
  const failures = incidents.map(({ type, summary }) => `Must stay silent, and was taken for ${type}: ${summary}`);
  if (recoveredMs === null) failures.push('The service was not good again afterwards');
  return failures;
}
