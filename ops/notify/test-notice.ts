/** Does a channel work? A notice that stands for no incident is sent there and, where it was taken, ended again. */
import type { Clock } from '../../engine/clock.ts';
import type { Channel } from './channels/channel.ts';
import type { Notice } from './notice.ts';

export interface TestResult {
  readonly channel: string;
  readonly kind: string;
  readonly delivered: boolean;
  /** Why not; null where it was. */
  readonly reason: string | null;
  readonly tookMs: number;
}

export async function sendTestTo(channel: Channel, clock: Clock): Promise<TestResult> {
  const fromUs = clock.nowUs();
  const opened = testNotice(clock.wallMs());
  const ended = { ...opened, state: 'resolved' as const, endedMs: opened.startedMs };
  let delivery = await channel.send(opened, `${opened.incidentId}/0`);
  if (delivery.kind === 'delivered') delivery = await channel.send(ended, `${opened.incidentId}/1`);
  return {
    channel: channel.name,
    kind: channel.kind,
    delivered: delivery.kind === 'delivered',
    reason: 'reason' in delivery ? delivery.reason : null,
    tookMs: (clock.nowUs() - fromUs) / 1000,
  };
}

const testNotice = (nowMs: number): Notice => ({
  incidentId: `test-${nowMs}`,
  type: 'test',
  severity: 'low',
  state: 'opened',
  title: 'Test of a channel: nothing is wrong',
  summary: 'An operator asked whether notices arrive here. They do.',
  startedMs: nowMs,
  endedMs: null,
  numbers: {},
  links: { dashboard: '', runbook: '' },
  components: [],
  level: 1,
  fingerprint: 'test',
});
