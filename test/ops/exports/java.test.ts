import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Counts } from '../../../ops/metrics/counts.ts';
import { tagOf } from '../../../ops/metrics/series.ts';
import { scratchFolder } from '../../support/scratch.ts';
import { memorySource, recording, SERIES } from './memory-source.ts';
import { hasJava, processLog } from './oracles.ts';
import { exported } from './read-back.ts';

/** Without the line that says when the log began, which only a log knows. */
const distribution = (text: string): string[] =>
  text.split('\n').filter((line) => line !== '' && !line.startsWith('#[StartTime'));

describe.skipIf(!hasJava)("Java's HistogramLogProcessor reads our log", () => {
  const intervals = recording({ resolutionS: 60, intervals: 12, eventsMax: 900, seed: 11 });
  const source = memorySource(60, intervals);
  const folder = scratchFolder();
  const log = join(folder, 'export.hlog');
  const written = exported(source, 'format=hlog&measure=all&resolution=1m&from=-12m').then((text) =>
    writeFileSync(log, text),
  );
  const [tag] = SERIES.map(tagOf) as [string];

  it('lists our tags', async () => {
    await written;
    const listed = processLog('-i', log, '-listtags').trim().split('\n');
    const tags = new Set(intervals.flatMap(({ series }) => [...series.keys()]));
    expect(new Set(listed.map((line) => line.trim()).filter((line) => line.includes(';')))).toEqual(tags);
    expect(tags.size).toBe(SERIES.length);
  });

  it('counts and percentiles of every interval, and of all up to it, are ours', async () => {
    await written;
    const out = join(folder, 'intervals');
    processLog('-i', log, '-csv', '-tag', tag, '-o', out);
    const rows = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) => line.split(','));
    const merged = new Counts();
    const ms = (ns: number): string => (Math.round(ns / 1000) / 1000).toFixed(3);
    const expected = intervals.flatMap(({ startMs, lengthMs, series }) => {
      const part = series.get(tag);
      if (part === undefined) return [];
      const counts = Counts.of(part);
      merged.add(part);
      return [
        [
          `${((startMs + lengthMs - intervals[0]!.startMs) / 1000).toFixed(3)}`,
          `${counts.total}`,
          ...[counts.atPercentile(50), counts.atPercentile(90), counts.maxNs].map(ms),
          `${merged.total}`,
          ...[50, 90, 99, 99.9, 99.99].map((percentile) => ms(merged.atPercentile(percentile))),
          ms(merged.maxNs),
        ],
      ];
    });
    expect(rows).toEqual(expected);
    expect(rows.length).toBeGreaterThan(8);
  });

  it('its distribution of a series is our percentile text, line by line', async () => {
    await written;
    const theirs = processLog('-i', log, '-tag', tag);
    const [measure, endpoint, outcome, cache, rerank, arm] = tag.split(';');
    const ours = await exported(
      source,
      `format=percentiles&resolution=1m&from=-12m&measure=${measure}&endpoint=${endpoint}&outcome=${outcome}&cache=${cache}&rerank=${rerank}&arm=${arm}`,
    );
    const lines = (text: string): string[] =>
      text.split('\n').filter((line) => line !== '' && !line.startsWith('#[Start'));
    expect(lines(ours)).toEqual(lines(theirs));
    expect(lines(ours).length).toBeGreaterThan(40);
  });

  it('a range of the log is the intervals that begin in it', async () => {
    await written;
    const out = join(folder, 'range');
    processLog('-i', log, '-csv', '-tag', tag, '-start', '180', '-end', '420', '-o', out);
    const counts = readFileSync(out, 'utf8')
      .split('\n')
      .filter((line) => /^\d/.test(line))
      .map((line) => Number(line.split(',')[1]));
    const expected = intervals.slice(3, 8).flatMap(({ series }) => {
      const part = series.get(tag);
      return part === undefined ? [] : [Counts.of(part).total];
    });
    expect(counts).toEqual(expected);
  });

  it('merged, it needs no tag: its distribution is our percentile text of the same selection', async () => {
    const merged = join(folder, 'merged.hlog');
    const query = 'resolution=1m&from=-12m&outcome=answered&endpoint=/search';
    writeFileSync(merged, await exported(source, `format=hlog&merged=true&${query}`));
    expect(processLog('-i', merged, '-listtags')).not.toContain(';');
    expect(distribution(processLog('-i', merged))).toEqual(
      distribution(await exported(source, `format=percentiles&${query}`)),
    );
  });
});
