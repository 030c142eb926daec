/** What may a key be good for? */
export const SCOPES = ['search', 'stats', 'ops:read', 'ops:act', 'index:write', 'backup', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Whether one of what is needed was granted; `admin` is good for everything. */
export const allows = (granted: readonly Scope[], needed: readonly Scope[]): boolean =>
  granted.includes('admin') || needed.some((scope) => granted.includes(scope));
