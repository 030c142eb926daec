/** How much may be changed at once? `server.documents`. */
import { z } from 'zod';

export const documentsSchema = z.strictObject({
  bytesMax: z
    .int()
    .min(1024)
    .max(64 * 2 ** 20)
    .default(4 * 2 ** 20)
    .describe('Largest body of a request that changes documents'),
  linesMax: z.int().min(1).max(100_000).default(1000).describe('Most operations of one POST /documents/bulk'),
});

export type DocumentsConfig = z.infer<typeof documentsSchema>;
