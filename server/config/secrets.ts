/** What must not be shown of a value: user and password of an address. */

/** Up to the last `@`, so that one inside a password hides nothing less. */
export const withoutPassword = (value: string): string => value.replace(/:\/\/.*@/s, '://***@');
