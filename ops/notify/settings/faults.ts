/** What is wrong with a setting: its field, its value, and what was expected there. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** One line a fault, such as `incidents.notify.channels.room.kind: expected one of slack, smtp, got "slak"`. */
export const settingFaults = (issues: readonly Issue[], value: unknown, prefix: string): string[] =>
  issues.flatMap((issue) => faultsOf(issue, value, prefix));

function faultsOf(issue: Issue, value: unknown, prefix: string): string[] {
  const at = (path: readonly PropertyKey[]): string => [prefix, ...path.map(String)].join('.');
  // Its value may be a password that somebody thought belongs there.
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${at([...issue.path, key])}: unknown key`);
  const faults = issue.code === 'invalid_key' ? issue.issues : [issue];
  const got = shown(issue.code === 'invalid_key' ? issue.path.at(-1) : valueAt(value, issue.path), issue.path);
  return faults.map((fault) => `${at(issue.path)}: expected ${expectedBy(fault)}, got ${got}`);
}

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : `a value of type ${issue.expected}`;
    case 'invalid_value':
      return `one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`;
    case 'too_big':
      return `at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`;
    default:
      return issue.message;
  }
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' of them' };

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

const SHOWN_MAX = 80;
/** A secret that was put where its variable's name belongs, and an address with a password, are not shown. */
const shown = (value: unknown, path: readonly PropertyKey[]): string => {
  const text = JSON.stringify(value) ?? 'nothing';
  const mayBeSecret = value !== undefined && (path.at(-1) === 'secret' || (text.includes('://') && text.includes('@')));
  return mayBeSecret ? 'what may be a secret and is not shown' : text.slice(0, SHOWN_MAX);
};
