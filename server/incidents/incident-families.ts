/** What /metrics says of incidents. */

import type { IncidentKeeper } from '../../ops/incidents/index.ts';
import type { Family } from '../../ops/index.ts';

export function incidentFamilies(keeper: Pick<IncidentKeeper, 'status'>): Family[] {
  const { record } = keeper.status();
  return [
    {
      ...{ name: 'wp_chat_incidents_waiting_bytes', type: 'gauge' },
      help: 'What of their record the disk has not taken.',
      samples: [{ labels: {}, value: record.waitingBytes }],
    },
  ];
}
