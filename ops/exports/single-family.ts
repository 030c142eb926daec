/** A family of metrics that is one number. */
import type { Family, Labels } from './exposition.ts';

export const singleFamily = (
  type: 'gauge' | 'counter' | 'info',
  name: string,
  help: string,
  value: number,
  labels: Labels = {},
): Family => ({ name, type, help, samples: [{ labels, value }] });
