/** What may an operator ask and say of incidents? Names of fields are those that the runbook's tools know. */
import type { z } from 'zod';
import type { Incident, Told } from '../../ops/incidents/index.ts';
import { timelineOf } from '../../ops/incidents/index.ts';
import type { Judge } from '../../ops/index.ts';
import { adminRoute, type Refused, refusable } from '../admin/index.ts';
import type { Config } from '../config/index.ts';
import type { HttpRequest, Route } from '../http.ts';
import { byOf, idIn, type Who } from './acting.ts';
import { autoDetect } from './auto-detect.ts';
import type { Incidents } from './contract.ts';
import { acknowledgeInput, detectInput, noInput, noteInput, resolveInput } from './incident-inputs.ts';
import { time, toldOf } from './incident-told.ts';
import { statusTold } from './status-told.ts';

export interface IncidentsAdminParts {
  readonly incidents: Pick<Incidents, 'keeper' | 'unkept'>;
  readonly judge: Judge;
  readonly slo: Config['ops']['slo'];
}

interface Settings {
  readonly bodyDepthMax: number;
}

/** @param parts asked when somebody asks */
export const incidentsAdmin = (parts: () => IncidentsAdminParts, settings: Settings): Route[] => [
  ...looks(parts, settings),
  ...reports(parts, settings),
  ...acts(parts, settings),
];

const looks = (parts: () => IncidentsAdminParts, { bodyDepthMax }: Settings): Route[] => [
  adminRoute({
    method: 'GET',
    path: '/admin/incidents/status',
    input: noInput,
    bodyDepthMax,
    act: () => statusOf(parts().incidents),
  }),
  adminRoute({
    method: 'GET',
    path: '/admin/incidents/active',
    input: noInput,
    bodyDepthMax,
    act: () => ({ active_incidents: parts().incidents.keeper.active().map(toldOf) }),
  }),
  adminRoute({
    method: 'GET',
    path: '/admin/incidents/:id',
    input: noInput,
    bodyDepthMax,
    act: (_, request) =>
      refusable(() => {
        const { incident, events } = parts().incidents.keeper.get(idIn(request));
        const timeline = timelineOf(events).map(({ timeMs, ...entry }) => ({ at: time(timeMs), ...entry }));
        return { incident: toldOf(incident), timeline };
      }),
  }),
];

function statusOf({ keeper, unkept }: IncidentsAdminParts['incidents']): object {
  const { active, recent, record } = keeper.status();
  return {
    ...statusTold(active, recent),
    record: {
      kept: unkept === null && record.waitingBytes === 0,
      unkept,
      bytes: record.bytes,
      waiting_bytes: record.waitingBytes,
      damaged_lines: record.linesInAll,
      unreadable: record.unreadable,
    },
  };
}

const reports = (parts: () => IncidentsAdminParts, { bodyDepthMax }: Settings): Route[] => [
  adminRoute({
    method: 'POST',
    path: '/admin/incidents/detect',
    input: detectInput,
    bodyDepthMax,
    fromAddress: true,
    act: (input, request) =>
      refusable(async () => {
        const { incident_type: type, severity = null, description, affected_components: components } = input;
        const report = { type, severity, description, components };
        const { keeper } = parts().incidents;
        return saidOf('detected', await keeper.detect(report, byOf(input, request)));
      }),
  }),
  adminRoute({
    method: 'POST',
    path: '/admin/incidents/auto-detect',
    input: noInput,
    bodyDepthMax,
    act: (_, request) =>
      refusable(async () => {
        const { incidents, judge, slo } = parts();
        const found = await autoDetect({ keeper: incidents.keeper, judge, slo }, byOf({}, request));
        const { level, durable } = found;
        return {
          message: `Detected ${found.incidents.length} incidents`,
          incidents: found.incidents.map(toldOf),
          level: {
            requests: level.requests,
            success_percent: level.successPercent,
            p95_latency_ms: level.latencyMsP95,
          },
          durable,
        };
      }),
  }),
];

function acts(parts: () => IncidentsAdminParts, { bodyDepthMax }: Settings): Route[] {
  const post = <Input extends Who>(
    action: string,
    input: z.ZodType<Input>,
    act: (input: Input, request: HttpRequest) => Promise<object | Refused>,
  ): Route =>
    adminRoute({
      method: 'POST',
      path: `/admin/incidents/:id/${action}`,
      input,
      bodyDepthMax,
      fromAddress: true,
      act: (given, request) => refusable(() => act(given, request)),
    });
  const keeper = () => parts().incidents.keeper;
  return [
    post('acknowledge', acknowledgeInput, async (input, request) =>
      saidOf('acknowledged', await keeper().acknowledge(idIn(request), byOf(input, request))),
    ),
    post('resolve', resolveInput, async (input, request) => {
      const notes = input.notes ?? input.resolution_notes ?? '';
      return saidOf('resolved', await keeper().resolve(idIn(request), notes, byOf(input, request)));
    }),
    post('note', noteInput, async (input, request) =>
      saidOf('noted', await keeper().note(idIn(request), input.text, byOf(input, request))),
    ),
  ];
}

/** @param what became of it */
export const saidOf = (what: string, { incident, durable }: Told): object => ({
  message: messageOf(what, incident),
  status: 'success',
  incident: toldOf(incident),
  durable,
});

const messageOf = (what: string, { id }: Incident): string => `Incident ${id} ${what}`;
