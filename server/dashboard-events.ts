/** What the dashboard listens to: a snapshot after every step of the judge, as server-sent events. */
import type { Judge } from '../ops/index.ts';
import { EventStreams } from './event-streams.ts';
import type { HttpAnswer, HttpRequest, Route } from './http.ts';
import { problemAnswer } from './problem-answer.ts';
import { requestIdOf } from './request-id.ts';
import { problem } from './wire/index.ts';

export interface DashboardEvents {
  readonly handle: Route['handle'];
  /** Ends all streams. */
  close(): void;
}

export function dashboardEvents(judge: Judge, streamsMax: number): DashboardEvents {
  const streams = new EventStreams(streamsMax);
  const event = (): string => {
    const { snapshot } = judge;
    return `id: ${snapshot.step}\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`;
  };
  const unsubscribe = judge.subscribe(() => {
    if (streams.open > 0) streams.send(event());
  });
  const handle = ({ headers }: HttpRequest): HttpAnswer => {
    const refuse = (code: 'overloaded' | 'draining', detail: string): HttpAnswer =>
      problemAnswer(problem(code, detail, requestIdOf(headers.get('x-request-id'))), 'json');
    // A page asks again a second after its stream ended, on the connection that it still has.
    if (streams.closed) return refuse('draining', 'Ask again: another process will answer');
    if (streams.full) return refuse('overloaded', `${streams.open} dashboards are open already (ops.eventStreamsMax)`);
    return {
      status: 200,
      contentType: 'text/event-stream; charset=utf-8',
      headers: [
        ['cache-control', 'no-store'],
        // Proxies that gather answers would hold back a stream without an end.
        ['x-accel-buffering', 'no'],
      ],
      body: streams.stream(`retry: 1000\n\n${event()}`),
    };
  };
  return {
    handle,
    close: () => {
      unsubscribe();
      streams.close();
    },
  };
}
