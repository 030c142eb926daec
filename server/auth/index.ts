/** Who may ask, and for what? */
export { type Access, openAccess } from './access.ts';
export { canonicalNetwork } from './addresses.ts';
export { claimedKeyId, keyIdOf } from './identity.ts';
export { readKeys } from './key-file.ts';
export { createKey, type MadeKey, revokeKey, rotateKey } from './key-making.ts';
export { NAME_CHARS_MAX } from './key-record.ts';
export { type KeyListing, listingOf } from './key-ring.ts';
export { RedactedErrorLog } from './redacted-log.ts';
export { isOperators, isSearch, needOf } from './route-scopes.ts';
export { SITE_HEADERS } from './same-site.ts';
export { SCOPES, type Scope } from './scopes.ts';
