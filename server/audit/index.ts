/** Who did what to the server? Taken down before it is answered, and told to operators. */
export { auditAdmin, auditInput, auditPath } from './audit-admin.ts';
export { AuditDesk } from './audit-desk.ts';
export { auditFamilies } from './audit-families.ts';
export { audited } from './audited.ts';
