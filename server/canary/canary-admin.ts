/** What an operator may do with experiments while the server runs. Each act says what is so after it, and holds in every process of the fleet. */
import type { z } from 'zod';
import { adminRoute, Refused } from '../admin/index.ts';
import { keyIdOf } from '../auth/index.ts';
import type { HttpRequest, Route } from '../http.ts';
import { canaryInputs } from './canary-inputs.ts';
import { canaryStatus, stateOf } from './canary-status.ts';
import type { Experiments } from './experiments.ts';
import { type Move, MoveRefused } from './moves.ts';
import { experimentOf } from './state.ts';

interface Words {
  readonly reason: string;
  readonly updated_by?: string | undefined;
  readonly dry_run?: boolean;
}

type Act = (input: Words, request: HttpRequest, move: Move, message: string) => Promise<object | Refused>;

export function canaryAdmin(experiments: Experiments, { bodyDepthMax }: { bodyDepthMax: number }): Route[] {
  const act: Act = async ({ reason, updated_by: name, dry_run: dryRun = false }, request, move, message) => {
    const key = keyIdOf(request);
    const from = key === null ? 'the machine itself' : `key ${key}`;
    const by = name === undefined || name === '' ? from : `${name} (${from})`;
    const { desk } = experiments;
    const result = await desk.act(move, { by, reason }, dryRun);
    if (result instanceof MoveRefused) return new Refused(result.code, result.detail);
    return {
      success: true,
      applied: !dryRun,
      message: dryRun ? `Nothing is changed. It would be: ${message}` : message,
      kept: desk.unkept === null,
      ...stateOf(result),
    };
  };
  const post = <Input>(
    action: string,
    input: z.ZodType<Input>,
    does: (input: Input, request: HttpRequest) => Promise<object | Refused>,
  ): Route =>
    adminRoute({ method: 'POST', path: `/admin/canary/${action}`, input, bodyDepthMax, fromAddress: true, act: does });
  return [statusRoute(experiments, bodyDepthMax), ...sharing(act, post), ...ending(act, post)];
}

type Post = <Input>(
  action: string,
  input: z.ZodType<Input>,
  does: (input: Input, request: HttpRequest) => Promise<object | Refused>,
) => Route;

const statusRoute = (experiments: Experiments, bodyDepthMax: number): Route =>
  adminRoute({
    method: 'GET',
    path: '/admin/canary/status',
    input: canaryInputs.status,
    bodyDepthMax,
    act: ({ experiment }) => {
      const { state } = experiments.desk;
      if (experiment !== undefined && experimentOf(state, experiment) === undefined)
        return new Refused('canary_missing', `GET /admin/canary/status lists those that there are: ${experiment}`);
      return canaryStatus(
        { desk: experiments.desk, file: experiments.file, evidenceOf: (name) => experiments.evidenceOf(name) },
        experiment,
      );
    },
  });

const sharing = (act: Act, post: Post): Route[] => [
  post('enable', canaryInputs.enable, (input, request) => {
    const { experiment: name, percentage, dry_run: _, reason: __, updated_by: ___, ...given } = input;
    return act(input, request, { kind: 'enable', name, given, percentage }, `${name} is enabled at ${percentage} %`);
  }),
  post('rollout', canaryInputs.rollout, (input, request) => {
    const { experiment: name, percentage } = input;
    const message = percentage === undefined ? 'goes up step after step' : `is at ${percentage} %`;
    return act(input, request, { kind: 'rollout', name, to: percentage ?? 'steps' }, `${name} ${message}`);
  }),
  ...(
    [
      ['pause', 'stays at its share, and takes no step'],
      ['resume', 'goes on'],
      ['promote', 'is for everybody'],
      ['abort', 'is rolled back: everybody is on its control'],
    ] as const
  ).map(([kind, message]) =>
    post(kind, canaryInputs.one, (input, request) =>
      act(input, request, { kind, name: input.experiment }, `${input.experiment} ${message}`),
    ),
  ),
];

const ending = (act: Act, post: Post): Route[] => [
  post('disable', canaryInputs.disable, async (input, request) => {
    const { experiment: name = null, forget } = input;
    const message = name === null ? 'Every experiment is off: nobody is reranked' : `${name} is off`;
    const done = await act(input, request, { kind: 'disable', name }, `${message}, everybody is on control`);
    if (name === null || !forget || input.dry_run || done instanceof Refused) return done;
    return act(input, request, { kind: 'forget', name }, `${name} is off and forgotten`);
  }),
  post('emergency-stop', canaryInputs.stop, (input, request) =>
    act(input, request, { kind: 'stop' }, 'Everything is stopped: everybody is on control until this is cleared'),
  ),
  post('clear-emergency', canaryInputs.clear, (input, request) => {
    const { experiment: name, percentage } = input;
    const to = percentage === undefined ? ('restore' as const) : { name, percentage };
    const message = to === 'restore' ? 'all is as it was' : `${name} is at ${percentage} %, and nothing else`;
    return act(input, request, { kind: 'clear', to }, `The emergency is over: ${message}`);
  }),
];
