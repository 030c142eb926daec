/** What does the audit log say, as an operator may ask for it? Page by page, the latest first. */
import { join } from 'node:path';
import { z } from 'zod';
import { readAuditPage } from '../../ops/audit/index.ts';
import { patientDisk } from '../../ops/durable/index.ts';
import { adminRoute } from '../admin/index.ts';
import type { Route } from '../http.ts';
import type { AuditDesk } from './audit-desk.ts';

const PAGE_MAX = 1000;
const PAGE = 100;

export const auditInput = z.strictObject({
  before: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .default(Number.MAX_SAFE_INTEGER)
    .describe('Only entries with smaller numbers; the latest where not given'),
  limit: z.coerce.number().int().min(1).max(PAGE_MAX).default(PAGE).describe('Entries at most'),
});

export const auditPath = (logs: { readonly directory: string }): string => join(logs.directory, 'audit.jsonl');

export interface AuditAdminParts {
  readonly audit: Pick<AuditDesk, 'head' | 'lost'>;
  readonly logs: { readonly directory: string };
  /** Why this process does not write it; null where it does. */
  readonly unkept: () => string | null;
}

export function auditAdmin(parts: () => AuditAdminParts, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  return [
    adminRoute({
      method: 'GET',
      path: '/admin/audit',
      input: auditInput,
      bodyDepthMax,
      act: async (asked) => {
        const { audit, logs, unkept } = parts();
        const entries = await readAuditPage(patientDisk, auditPath(logs), asked);
        const last = entries.at(-1)?.seq ?? 1;
        return { entries, next: last > 1 ? last : null, head: audit.head, lost: audit.lost, unkept: unkept() };
      },
    }),
  ];
}
