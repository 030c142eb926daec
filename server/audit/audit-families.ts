/** What /metrics says of the audit log: its head, so that it is known elsewhere, and what could not be kept. */
import type { Family } from '../../ops/index.ts';
import type { AuditDesk } from './audit-desk.ts';

export const auditFamilies = ({ head, lost }: Pick<AuditDesk, 'head' | 'lost'>): Family[] => [
  {
    ...{ name: 'wp_chat_audit_entries', type: 'gauge', help: 'Number of the last durable entry of the audit log.' },
    samples: [{ labels: {}, value: head.seq }],
  },
  {
    ...{ name: 'wp_chat_audit_head', type: 'info', help: 'That entry: wp-chat audit verify --anchor SEQ:HASH.' },
    samples: [{ labels: { seq: String(head.seq), hash: head.hash }, value: 1 }],
  },
  {
    ...{ name: 'wp_chat_audit_lost', type: 'counter', help: 'Acts that could not be taken down.' },
    samples: [{ labels: {}, value: lost }],
  },
];
