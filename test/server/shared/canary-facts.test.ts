/** Whatever an act announces is understood by another process that hears it from the store, and what it held when it ended, too. */
import { describe, expect, it } from 'vitest';
import type { CanaryNotice, DatedNotice } from '../../../server/canary/index.ts';
import { announceCanary, canaryFollower, recallCanary } from '../../../server/shared/canary-facts.ts';
import { Facts } from '../../../server/shared/facts.ts';
import { arrangeDesk, WHO } from '../canary/arrange.ts';

const clock = { wallMs: () => 2_000_000, nowUs: () => 0 };

/** All that one has to say, heard by another. */
function heardOf(say: (facts: Facts) => void): CanaryNotice[] {
  const [here, there] = [new Facts(clock), new Facts(clock)];
  const heard: CanaryNotice[] = [];
  there.follow(...canaryFollower((notice) => void heard.push(notice)));
  say(here);
  for (const fact of here.unsent(100)) there.hear(fact);
  return heard;
}

describe('what is announced', () => {
  it('of each act is heard as it was said', async () => {
    const { desk, announced } = arrangeDesk();
    const name = 'rerank';
    await desk.act({ kind: 'enable', name, given: {}, percentage: 5 }, WHO);
    desk.progress(name, { step: 1, percentage: 5 }, 'no worse');
    desk.progress(name, { phase: 'rolled_back' }, 'worse');
    await desk.act({ kind: 'enable', name: 'other', given: {}, percentage: 5 }, WHO);
    await desk.act({ kind: 'disable', name: 'other' }, WHO);
    await desk.act({ kind: 'forget', name: 'other' }, WHO);
    await desk.act({ kind: 'stop' }, WHO);
    await desk.act({ kind: 'clear', to: 'restore' }, WHO);
    const kinds = new Set(announced.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['experiment', 'progress', 'rolled_back', 'forgotten', 'stopped', 'cleared']));
    for (const notice of announced)
      expect(heardOf((facts) => announceCanary(facts, clock.wallMs)(notice))).toEqual([notice]);
  });

  it('by a process that starts again is as old as it was: who said something since is right', () => {
    const act = { ...WHO, atMs: 1_000_000 };
    const held: DatedNotice[] = [{ notice: { kind: 'stopped', act }, saidMs: act.atMs }];
    expect(heardOf((facts) => recallCanary(facts, held, clock.wallMs()))).toEqual([held[0]!.notice]);
    const facts = new Facts(clock);
    announceCanary(facts, clock.wallMs)({ kind: 'cleared', act });
    recallCanary(facts, held, clock.wallMs());
    expect(facts.get('canary/stop')!.text).toContain('"on":false');
  });
});
