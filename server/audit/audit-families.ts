/** What /metrics says of the audit log: its head, so that it is known elsewhere, and what could not be kept. */
import { type Family, singleFamily } from '../../ops/index.ts';
import type { AuditDesk } from './audit-desk.ts';

export const auditFamilies = ({ head, lost }: Pick<AuditDesk, 'head' | 'lost'>): Family[] => [
  singleFamily('gauge', 'wp_chat_audit_entries', 'Number of the last durable entry of the audit log.', head.seq),
  singleFamily('info', 'wp_chat_audit_head', 'That entry: wp-chat audit verify --anchor SEQ:HASH.', 1, {
    seq: String(head.seq),
    hash: head.hash,
  }),
  singleFamily('counter', 'wp_chat_audit_lost', 'Acts that could not be taken down.', lost),
];
