/** What /metrics says of incidents. */
import type { IncidentKeeper } from '../../ops/incidents/index.ts';
import { type Family, singleFamily } from '../../ops/index.ts';

export const incidentFamilies = (keeper: Pick<IncidentKeeper, 'status'>): Family[] => [
  singleFamily(
    'gauge',
    'wp_chat_incidents_waiting_bytes',
    'What of their record the disk has not taken.',
    keeper.status().record.waitingBytes,
  ),
];
