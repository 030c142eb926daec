/** Is resident memory near the limit? */
import { type Detector, levelOf, percent, secondsOf } from './detector.ts';
import { CALM, type Patience, type Sustained, sustain } from './sustained.ts';

export interface MemorySettings extends Patience {
  readonly highPercent: number;
  readonly clearPercent: number;
  readonly criticalPercent: number;
  readonly criticalClearPercent: number;
}

export interface MemoryState {
  readonly high: Sustained;
  readonly critical: Sustained;
}

export const memory: Detector<MemorySettings, MemoryState> = {
  incident: 'memory_exhaustion',
  initial: { high: CALM, critical: CALM },
  step(before, observation, settings) {
    const { residentBytes, memoryBytesMax } = observation;
    const usedPercent = memoryBytesMax > 0 ? (residentBytes / memoryBytesMax) * 100 : 0;
    const lengthS = secondsOf(observation);
    const between = (from: number, to: number): 'bad' | 'between' | 'good' =>
      usedPercent >= to ? 'bad' : usedPercent < from ? 'good' : 'between';
    const state = {
      high: sustain(before.high, between(settings.clearPercent, settings.highPercent), lengthS, settings),
      critical: sustain(
        before.critical,
        between(settings.criticalClearPercent, settings.criticalPercent),
        lengthS,
        settings,
      ),
    };
    const firing = state.high.firing || state.critical.firing;
    const sentence = (): string => {
      const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
      const used = `${mebibytes(residentBytes)} MiB of ${mebibytes(memoryBytesMax)} MiB are in use`;
      return `${used}, ${percent(usedPercent / 100)}; ${settings.highPercent} % are too much`;
    };
    return {
      state,
      finding: {
        severity: state.critical.firing ? 'critical' : firing ? 'high' : null,
        level: levelOf(usedPercent / settings.highPercent, firing),
        tell: () => ({ numbers: { usedPercent, residentBytes, memoryBytesMax }, why: sentence() }),
      },
    };
  },
};
