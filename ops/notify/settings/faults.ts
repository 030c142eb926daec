/** What is wrong with a setting: its field, its value, and what was expected there. */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** One line a fault, such as `incidents.notify.channels.room.kind: expected one of slack, smtp, got "slak"`. */
export const settingFaults = (issues: readonly Issue[], value: unknown, prefix: string): string[] =>
  issues.flatMap((issue) => faultsOf(issue, value, prefix));

function faultsOf(issue: Issue, value: unknown, prefix: string): string[] {
  const at = (path: readonly PropertyKey[]): string => [prefix, ...path.map(String)].join('.');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map(
      (key) => `${at([...issue.path, key])}: unknown key, got ${shown(valueAt(value, [...issue.path, key]))}`,
    );
  if (issue.code === 'invalid_key')
    return issue.issues.flatMap((inner) => faultLine(at(issue.path), inner, issue.path.at(-1)));
  return [faultLine(at(issue.path), issue, valueAt(value, issue.path))];
}

const faultLine = (field: string, issue: Issue, got: unknown): string =>
  `${field}: expected ${expectedBy(issue)}, got ${shown(got)}`;

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
    case 'invalid_union':
      return issue.discriminator === undefined ? issue.message : `a known ${issue.discriminator}`;
    default:
      return issue.message;
  }
}

const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' of them' };

const valueAt = (value: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<PropertyKey, unknown> | null | undefined)?.[key], value);

const SHOWN_MAX = 80;
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, SHOWN_MAX);
