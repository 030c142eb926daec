/** Progress of long work: a bar on a terminal, a line now and then elsewhere; beside JSON only what was rejected, as JSON lines. */
import { Presets, SingleBar } from 'cli-progress';
import type { BuildProgress } from '../../engine/build/index.ts';
import type { SourceEvent } from '../../engine/source/index.ts';

export interface Progress {
  source(event: SourceEvent): void;
  build(state: BuildProgress): void;
  stop(): void;
}

/** Rejected inputs that are told one by one; the rest is counted. */
const REJECTED_SHOWN = 20;
const LINE_EVERY_MS = 5000;

export function progressOn(stream: NodeJS.WriteStream, quiet: boolean): Progress {
  const meter = quiet ? null : stream.isTTY ? barOn(stream) : linesOn(stream);
  let rejected = 0;
  const say = (text: string): void => {
    if (quiet) return;
    meter?.pause();
    stream.write(`${text}\n`);
  };
  const startedMs = Date.now();
  return {
    source: (event) => {
      if (event.kind === 'progress')
        meter?.show({ done: event.done, total: event.total ?? event.done, note: 'posts read' });
      else if (event.kind === 'notice')
        say(`${where(event.place)}${event.reason}${event.count > 1 ? ` (${event.count})` : ''}`);
      else if (event.kind === 'rejected') {
        rejected += 1;
        if (quiet) stream.write(`${JSON.stringify(event)}\n`);
        if (rejected <= REJECTED_SHOWN)
          say(`${where(event.place)}${event.reason}${wanted(event.place)}; ${event.action}`);
        if (rejected === REJECTED_SHOWN) say('Further rejected posts are only counted');
      }
    },
    build: ({ stage, posts, postsTotal, passages, embedded, embeddable }) => {
      const rate = embedded / Math.max(0.001, (Date.now() - startedMs) / 1000);
      const note =
        stage === 'passages'
          ? `${passages} passages, ${embedded} of ${embeddable} embedded now, ${rate.toFixed(0)}/s`
          : `writing ${stage}`;
      meter?.show({ done: posts, total: postsTotal, note });
    },
    stop: () => meter?.stop(),
  };
}

const wanted = ({ expected }: { expected?: string }): string =>
  expected === undefined ? '' : `; expected ${expected}`;

const where = ({ file, line, field }: { file?: string; line?: number; field?: string }): string =>
  `${file ?? ''}${line === undefined ? '' : `:${line}`}${field === undefined ? '' : ` ${field}`}${file === undefined && field === undefined ? '' : ': '}`;

interface Meter {
  show(state: { done: number; total: number; note: string }): void;
  /** Clears the line, so that text can be written. */
  pause(): void;
  stop(): void;
}

function barOn(stream: NodeJS.WriteStream): Meter {
  const format = '{bar} {percentage}% | {value}/{total} posts | {note} | ETA {eta_formatted}';
  const bar = new SingleBar(
    { format, stream, hideCursor: true, clearOnComplete: true, etaBuffer: 200, stopOnComplete: false },
    Presets.shades_classic,
  );
  let started = false;
  return {
    show: ({ done, total, note }) => {
      if (!started) bar.start(total, done, { note });
      started = true;
      bar.setTotal(total);
      bar.update(done, { note });
    },
    pause: () => {
      if (started) stream.write('\r\u001B[K');
    },
    stop: () => bar.stop(),
  };
}

function linesOn(stream: NodeJS.WriteStream): Meter {
  let lastMs = Date.now();
  return {
    show: ({ done, total, note }) => {
      if (Date.now() - lastMs < LINE_EVERY_MS) return;
      lastMs = Date.now();
      stream.write(`${done}/${total} posts | ${note}\n`);
    },
    pause: () => {},
    stop: () => {},
  };
}
