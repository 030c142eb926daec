/** Whom is an experiment for at all? All of its constraints have to hold. */
import { includes, type Network, parseAddress, parseNetwork } from '../../limits/index.ts';
import { fieldOf, type Subject } from './subject.ts';

export const OPERATORS = ['in', 'not_in', 'starts_with', 'ends_with', 'contains', 'in_network'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Constraint {
  /** Of the subject. */
  readonly field: string;
  readonly operator: Operator;
  /** For `in_network` addresses and ranges in CIDR notation; what is none is passed over. */
  readonly values: readonly string[];
}

export type Holds = (subject: Subject) => boolean;

const TEXT_TESTS: Readonly<Record<Exclude<Operator, 'in_network'>, (text: string, value: string) => boolean>> = {
  in: (text, value) => text === value,
  not_in: (text, value) => text === value,
  starts_with: (text, value) => text.startsWith(value),
  ends_with: (text, value) => text.endsWith(value),
  contains: (text, value) => text.includes(value),
};

/** Who lacks the field is not in any list of its values. */
export function holding({ field, operator, values }: Constraint): Holds {
  if (operator === 'in_network') {
    const networks = values.map((value) => parseNetwork(value.trim())).filter((one): one is Network => one !== null);
    return (subject) => {
      const address = parseAddress(fieldOf(subject, field) ?? '');
      return address !== null && includes(networks, address);
    };
  }
  const matches = TEXT_TESTS[operator];
  return (subject) => {
    const text = fieldOf(subject, field);
    const found = text !== undefined && values.some((value) => matches(text, value));
    return operator === 'not_in' ? !found : found;
  };
}
