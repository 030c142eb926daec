/** Documents that change while they are searched: how they are put, patched, deleted and read over HTTP. */
import type { Route } from '../http.ts';
import { bulkRoute } from './bulk-route.ts';
import { documentRoutes } from './document-routes.ts';
import type { DocumentsParts } from './parts.ts';

export { idSchema, refreshSchema } from './asked.ts';
export { operationSchema } from './bulk-lines.ts';
export { LINES_TYPES } from './bulk-route.ts';
export type { LivingDocument, LivingDocuments } from './living.ts';
export { isDone, refusalOf } from './refusal.ts';

export const documentsRoutes = (parts: DocumentsParts): Route[] => [...documentRoutes(parts), bulkRoute(parts)];
