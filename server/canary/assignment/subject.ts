/** Who asks, as far as an experiment may know it. */

export interface Subject {
  readonly userId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Name of the API key. */
  readonly key?: string | undefined;
  /** Of the caller, behind trusted proxies. */
  readonly address?: string | undefined;
  /** What one subscriber has, where that is more than one address: then it is by this that he is known again. */
  readonly site?: string | undefined;
  /** Anything else that the request says of itself. */
  readonly properties?: Readonly<Record<string, string>> | undefined;
}

const FIELDS = ['userId', 'sessionId', 'key', 'address'] as const;
type Field = (typeof FIELDS)[number];

const isField = (name: string): name is Field => (FIELDS as readonly string[]).includes(name);

/** What is known of a subject by that name; undefined where nothing is, which an empty text is too. */
export function fieldOf(subject: Subject, name: string): string | undefined {
  const { properties } = subject;
  const own = properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return (isField(name) ? subject[name] : own) || undefined;
}

/** By which somebody is known again: the first of these that there is. */
const DEFAULT_ORDER: readonly Field[] = FIELDS;

/**
 * What somebody's place depends on.
 *
 * @param stickiness `default`, `random`, or the name of a field
 * @param random 0 ≤ x < 1, for who is to be, or has to be, somebody new each time
 * @returns null where the field is missing that was to decide
 */
export function identityOf(subject: Subject, stickiness: string, random: () => number): string | null {
  const known = knownAs(subject, stickiness);
  if (known !== '') return known;
  return stickiness === 'default' || stickiness === 'random' ? String(Math.floor(random() * 1e9)) : null;
}

/** By what somebody is known again; '' where by nothing. */
export function knownAs(subject: Subject, stickiness: string): string {
  if (stickiness === 'random') return '';
  const of = (field: string): string =>
    (field === 'address' ? (subject.site ?? subject.address) : fieldOf(subject, field)) ?? '';
  if (stickiness !== 'default') return of(stickiness);
  return DEFAULT_ORDER.map(of).find((value) => value !== '') ?? '';
}
