/** What an operator may set of the judge. */
import { z } from 'zod';
import { detectSchema } from './detect/index.ts';
import { sloSchema } from './slo/index.ts';

// Not by their doors: who only reads the configuration needs nothing of what lies behind them.
export { automaticSchema } from './actions/settings.ts';
export { incidentsSchema } from './incidents/settings.ts';
export { settingFaults } from './notify/settings/faults.ts';
export { notifySchema } from './notify/settings.ts';

export const opsSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether requests are recorded and judged'),
  memoryBytesMax: z
    .int()
    .min(0)
    .max(2 ** 50)
    .default(0)
    .describe('Memory the process may use; 0 is what the control group or the machine allows'),
  historyBytesMax: z
    .int()
    .min(2 ** 20)
    .max(2 ** 36)
    .default(128 * 2 ** 20)
    .describe('Memory for the histograms of the past; beyond it the oldest of a ring go before their time'),
  historyDiskBytesMax: z
    .int()
    .min(2 ** 20)
    .max(2 ** 42)
    .default(2 ** 30)
    .describe('Size of logs/history; beyond it the finest intervals go before their time'),
  exportsMax: z.int().min(1).max(1000).default(4).describe('Exports of histograms that may run at once'),
  slo: sloSchema.prefault({}),
  detectors: detectSchema.prefault({}),
  eventStreamsMax: z.int().min(1).max(10_000).default(64).describe('Dashboards that may be open at once'),
});
