import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Fact, Facts } from '../../../server/shared/facts.ts';
import { FakeClock } from './support.ts';

const DAY_MS = 86_400_000;

describe('facts', () => {
  it('end up the same in all processes, in whatever order, how often and how late they hear each other, whatever clocks say', () => {
    const names = ['a/1', 'a/2', 'b/1'];
    const act = fc.record({
      who: fc.nat(2),
      what: fc.oneof(fc.constant('say' as const), fc.constant('hear' as const)),
      name: fc.constantFrom(...names),
      value: fc.nat(9),
      which: fc.nat(1000),
      waitMs: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 80 }), fc.array(fc.integer({ min: -5000, max: 5000 })), (acts, ahead) => {
        const clocks = [0, 1, 2].map((at) => {
          const clock = new FakeClock();
          clock.aheadMs = ahead[at] ?? 0;
          return clock;
        });
        const all = clocks.map((clock) => new Facts(clock));
        const said: Fact[] = [];
        for (const { who, what, name, value, which, waitMs } of acts) {
          for (const clock of clocks) clock.passMs(waitMs);
          const facts = all[who]!;
          if (what === 'say') {
            facts.say(name, value, clocks[who]!.wallMs() + DAY_MS);
            said.push(facts.get(name)!);
          } else if (said.length > 0) facts.hear(said[which % said.length]!);
        }
        // What a store would hold: of each name the latest, the first of those as late.
        const kept = new Map<string, Fact>();
        for (const fact of said) if ((kept.get(fact.name)?.stamp ?? -1) < fact.stamp) kept.set(fact.name, fact);
        for (const facts of all) {
          for (const fact of kept.values()) facts.hear(fact);
          for (const name of names) expect(facts.get(name)?.text).toBe(kept.get(name)?.text);
          expect(facts.unsentCount).toBe(0);
        }
      }),
    );
  });

  it('said after another was heard wins over it, even by a clock that is an hour behind', () => {
    const behind = new FakeClock();
    behind.aheadMs = -3_600_000;
    const [here, there] = [new Facts(new FakeClock()), new Facts(behind)];
    here.say('a/x', 'first', Date.now() + DAY_MS);
    there.hear(here.get('a/x')!);
    there.say('a/x', 'second', Date.now() + DAY_MS);
    here.hear(there.get('a/x')!);
    expect(here.get('a/x')!.text).toBe('"second"');
  });

  const follow = (facts: Facts): string[] => {
    const heard: string[] = [];
    facts.follow('a', {
      heard: (name, value) => heard.push(`${name}=${JSON.stringify(value)}`),
      missed: () => heard.push('missed'),
    });
    return heard;
  };

  it('are told to the follower of their room once, and not what was said here', () => {
    const facts = new Facts(new FakeClock());
    const heard = follow(facts);
    const fact = { name: 'a/x/y', stamp: Date.now(), untilMs: Date.now() + DAY_MS, text: '{"z":1}' };
    facts.hear(fact);
    facts.hear(fact);
    facts.hear({ ...fact, name: 'b/x' });
    facts.say('a/own', 1, Date.now() + DAY_MS);
    facts.hear(facts.get('a/own')!);
    expect(heard).toEqual(['x/y={"z":1}']);
  });

  it('that are no facts are counted and kept by nobody', () => {
    const facts = new Facts(new FakeClock());
    const heard = follow(facts);
    const good = { name: 'a/x', stamp: Date.now(), untilMs: Date.now() + DAY_MS, text: '1' };
    const bad: Partial<Fact>[] = [
      { text: '{' },
      { text: `"${'x'.repeat(9000)}"` },
      { name: 'noroom' },
      { name: `a/${'x'.repeat(300)}` },
      { stamp: Number.MAX_SAFE_INTEGER },
      { untilMs: Number.MAX_VALUE },
    ];
    for (const one of bad) facts.hear({ ...good, ...one });
    expect([facts.unreadable, facts.size, heard]).toEqual([bad.length, 0, []]);
  });

  it('end by themselves, and are bounded', () => {
    const clock = new FakeClock();
    const facts = new Facts(clock);
    for (let at = 0; at < 20_001; at++) facts.say(`a/${at}`, at, clock.wallMs() + 1000);
    expect([facts.size, facts.get('a/20000'), facts.get('a/0')!.text]).toEqual([20_000, null, '0']);
    clock.passMs(2000);
    facts.say('a/20000', 1, clock.wallMs() + 1000);
    expect([facts.size, facts.get('a/0')]).toEqual([1, null]);
  });
});
