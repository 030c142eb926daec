/** Progress of long work: a bar on a terminal, a line now and then elsewhere; beside JSON only what was rejected, as JSON lines. */
import { Presets, SingleBar } from 'cli-progress';
import type { BuildProgress } from '../../engine/build/index.ts';
import { type Clock, systemClock } from '../../engine/clock.ts';
import type { SourceEvent } from '../../engine/source/index.ts';
import { buildEta, timeLeft } from './eta.ts';

export interface Progress {
  source(event: SourceEvent): void;
  build(state: BuildProgress): void;
  stop(): void;
}

/** Rejected inputs that are told one by one; the rest is counted. */
const REJECTED_SHOWN = 20;
const LINE_EVERY_MS = 5000;

export function progressOn(stream: NodeJS.WriteStream, quiet: boolean, clock: Clock = systemClock): Progress {
  const meter = meterOn(stream, { quiet, format: POSTS, clock });
  let rejected = 0;
  const say = (text: string): void => {
    if (quiet) return;
    meter?.pause();
    stream.write(`${text}\n`);
  };
  const readEta = timeLeft(clock);
  const builtEta = buildEta(clock);
  let buildStartUs: number | null = null;
  return {
    source: (event) => {
      if (event.kind === 'progress') {
        const { done, total } = event;
        meter?.show({ done, total: total ?? done, note: `posts read${readEta(done, (total ?? done) - done)}` });
      } else if (event.kind === 'notice')
        say(`${where(event.place)}${event.reason}${event.count > 1 ? ` (${event.count})` : ''}`);
      else if (event.kind === 'rejected') {
        rejected += 1;
        if (quiet) stream.write(`${JSON.stringify(event)}\n`);
        if (rejected <= REJECTED_SHOWN)
          say(`${where(event.place)}${event.reason}${wanted(event.place)}; ${event.action}`);
        if (rejected === REJECTED_SHOWN) say('Further rejected posts are only counted');
      }
    },
    build: (state) => {
      const { stage, posts, postsTotal, passages, embedded, embeddable } = state;
      buildStartUs ??= clock.nowUs();
      const rate = embedded / Math.max(0.001, (clock.nowUs() - buildStartUs) / 1e6);
      const note =
        stage === 'passages'
          ? `${passages} passages, ${embedded} of ${embeddable} embedded now, ${rate.toFixed(0)}/s${builtEta(state)}`
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

/** How far work is that is measured in per cent, with what it is on. */
export interface PercentProgress {
  show(percent: number, note: string): void;
  stop(): void;
}

export function percentOn(stream: NodeJS.WriteStream, quiet: boolean, clock: Clock = systemClock): PercentProgress {
  const meter = meterOn(stream, { quiet, format: PERCENT, clock });
  const left = timeLeft(clock);
  return {
    show: (percent, note) => meter?.show({ done: percent, total: 100, note: `${note}${left(percent, 100 - percent)}` }),
    stop: () => meter?.stop(),
  };
}

interface Meter {
  show(state: { done: number; total: number; note: string }): void;
  /** Clears the line, so that text can be written. */
  pause(): void;
  stop(): void;
}

/** A bar where somebody looks, a line now and then elsewhere. */
interface Format {
  readonly bar: string;
  readonly line: (state: { done: number; total: number; note: string }) => string;
}

const POSTS: Format = {
  bar: '{bar} {percentage}% | {value}/{total} posts | {note}',
  line: ({ done, total, note }) => `${done}/${total} posts | ${note}`,
};
const PERCENT: Format = {
  bar: '{bar} {percentage}% | {note}',
  line: ({ done, note }) => `${done} % | ${note}`,
};

function meterOn(
  stream: NodeJS.WriteStream,
  { quiet, format, clock }: { quiet: boolean; format: Format; clock: Clock },
): Meter | null {
  if (quiet) return null;
  return stream.isTTY ? barOn(stream, format) : linesOn(stream, format, clock);
}

function barOn(stream: NodeJS.WriteStream, format: Format): Meter {
  const bar = new SingleBar(
    { format: format.bar, stream, hideCursor: true, clearOnComplete: true, stopOnComplete: false },
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

function linesOn(stream: NodeJS.WriteStream, format: Format, clock: Clock): Meter {
  let lastUs = clock.nowUs();
  return {
    show: (state) => {
      if (clock.nowUs() - lastUs < LINE_EVERY_MS * 1000) return;
      lastUs = clock.nowUs();
      stream.write(`${format.line(state)}\n`);
    },
    pause: () => {},
    stop: () => {},
  };
}
