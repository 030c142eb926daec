import { expect, it } from 'vitest';
import { Deadlines } from '../../../server/connections/deadlines.ts';

it('calls each that is late once, in order, and nobody who came in time', () => {
  let nowMs = 0;
  const called: string[] = [];
  const deadlines = new Deadlines(100, () => nowMs);
  const wait = (name: string) => deadlines.begin(() => called.push(name));
  wait('first');
  const came = wait('in time');
  nowMs = 60;
  wait('second');
  came();
  nowMs = 99;
  deadlines.sweep();
  expect(called).toEqual([]);
  nowMs = 100;
  deadlines.sweep();
  expect(called).toEqual(['first']);
  nowMs = 1000;
  deadlines.sweep();
  deadlines.sweep();
  expect(called).toEqual(['first', 'second']);
});

it('one that is called may end others and begin new ones', () => {
  let nowMs = 0;
  const called: string[] = [];
  const deadlines = new Deadlines(10, () => nowMs);
  deadlines.begin(() => {
    called.push('a');
    endOther();
    deadlines.begin(() => called.push('c'));
  });
  const endOther = deadlines.begin(() => called.push('b'));
  nowMs = 10;
  deadlines.sweep();
  expect(called).toEqual(['a']);
  nowMs = 20;
  deadlines.sweep();
  expect(called).toEqual(['a', 'c']);
});
