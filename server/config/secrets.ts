/** What must not be shown of a value: user and password of an address. */

/** Up to the last `@`, so that one inside a password hides nothing less. */
export function withoutPassword(value: string): string {
  const from = value.indexOf('://');
  const to = value.lastIndexOf('@');
  return from < 0 || to < from ? value : `${value.slice(0, from)}://***${value.slice(to)}`;
}
