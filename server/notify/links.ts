/** Where does somebody look who was told of an incident? At this server's own pages, under the name that others know it by. */
import type { IncidentView } from '../../ops/notify/index.ts';
import type { Config } from '../config/index.ts';

type Listening = Pick<Config['server'], 'publicUrl' | 'host' | 'port' | 'tls' | 'admin'>;

/** Without a slash at its end. */
export function publicUrlOf({ publicUrl, tls, admin, ...front }: Listening): string {
  if (publicUrl !== '') return publicUrl.replace(/\/$/, '');
  const { host, port } = admin.port === 0 ? front : admin;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `${tls.certFile === '' ? 'http' : 'https'}://${name}:${port}`;
}

/** Of an incident: its timeline on the dashboard, its chapter of the runbook. */
export const linksOf = (url: string, { id, type }: Pick<IncidentView, 'id' | 'type'>): IncidentView['links'] => ({
  dashboard: `${url}/dashboard?incident=${encodeURIComponent(id)}`,
  runbook: `${url}/runbook#${type}`,
});
