/** What an operator may ask of those who are told: how they are reached, whether that works, and when they are left alone. */
import { EngineError } from '../../engine/errors.ts';
import type { Notifier, NotifierStatus, Silence } from '../../ops/notify/index.ts';
import { adminRoute, refusable } from '../admin/index.ts';
import { keyIdOf } from '../auth/index.ts';
import type { Route } from '../http.ts';
import { notifyInput, notifyTestInput, silenceEndInput, silenceInput, silencesInput } from './notify-inputs.ts';

type Asked = Pick<Notifier, 'status' | 'sendTest' | 'redeliver' | 'addSilence' | 'endSilence'>;

const time = (ms: number): string => new Date(ms).toISOString();

export const notifyAdmin = (notifier: Asked, { bodyDepthMax }: { bodyDepthMax: number }): Route[] => [
  adminRoute({
    method: 'GET',
    path: '/admin/notify',
    input: notifyInput,
    bodyDepthMax,
    act: () => statusOf(notifier.status()),
  }),
  adminRoute({
    method: 'POST',
    path: '/admin/notify/test',
    input: notifyTestInput,
    bodyDepthMax,
    fromAddress: true,
    act: ({ channel }) => refusable(() => notifier.sendTest(channel)),
  }),
  adminRoute({
    method: 'POST',
    path: '/admin/notify/dead-letters/:seq/retry',
    input: notifyInput,
    bodyDepthMax,
    act: (_, { path }) =>
      refusable(() => {
        const seq = seqIn(path);
        notifier.redeliver(seq);
        return { retried: seq };
      }),
  }),
  ...silenceRoutes(notifier, bodyDepthMax),
];

const silenceRoutes = (notifier: Asked, bodyDepthMax: number): Route[] => {
  const path = '/admin/incidents/silences';
  return [
    adminRoute({
      method: 'GET',
      path,
      input: silencesInput,
      bodyDepthMax,
      act: () => ({ silences: notifier.status().silences.map(silenceOf) }),
    }),
    adminRoute({
      method: 'POST',
      path,
      input: silenceInput,
      bodyDepthMax,
      act: (asked, request) =>
        refusable(() => ({ silence: silenceOf(notifier.addSilence(asked, keyIdOf(request) ?? 'loopback')) })),
    }),
    adminRoute({
      method: 'DELETE',
      path,
      input: silenceEndInput,
      bodyDepthMax,
      act: ({ id }) =>
        refusable(() => {
          notifier.endSilence(id);
          return { ended: id };
        }),
    }),
  ];
};

const statusOf = ({ deadLetters, silences, ...rest }: NotifierStatus): object => ({
  ...rest,
  deadLetters: deadLetters.map(({ seq, channel, createdMs, diedMs, reason, notice }) => ({
    seq,
    channel,
    createdAt: time(createdMs),
    givenUpAt: time(diedMs),
    reason,
    incidentId: notice.incidentId,
    state: notice.state,
    title: notice.title,
  })),
  silences: silences.map(silenceOf),
});

const silenceOf = ({ createdMs, endsMs, ...said }: Silence): object => ({
  ...said,
  createdAt: time(createdMs),
  endsAt: time(endsMs),
});

/** @throws EngineError request_invalid */
function seqIn(path: string): number {
  const given = path.split('/')[4] ?? '';
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new EngineError(
    'request_invalid',
    `seq: expected a whole number, as /admin/notify has it, got ${given.slice(0, 100)}`,
  );
}
