/**
 * When will memory run out, if it goes on like this?
 *
 * The lowest resident size of each stretch of time is kept, since garbage makes a saw-tooth of the sizes but not of their lows.
 * A line is laid through the lows by the median of the slopes of all pairs (Theil 1950, Sen 1968), which no single step bends. It
 * must be a steady climb: most pairs rise (Kendall's count), and the later half climbs no less than half as fast as the whole, which
 * start-up growth does not.
 */
import type { Severity } from '../incident-type.ts';
import { type Detector, levelOf, rounded } from './detector.ts';

export interface MemoryGrowthSettings {
  readonly stretchS: number;
  readonly stretches: number;
  readonly horizonS: number;
  readonly warmUpS: number;
  readonly growthPercentMin: number;
}

export interface MemoryGrowthState {
  readonly ageS: number;
  /** Of the stretch that is under way. */
  readonly lengthS: number;
  readonly lowBytes: number;
  /** Of the stretches before, oldest first. */
  readonly lowsBytes: readonly number[];
  /** Bytes a second; 0 where there is no steady climb. */
  readonly climb: number;
  /** Stretches since the climb was last steep enough to fire. */
  readonly calmStretches: number;
  readonly firing: boolean;
}

const RISING_PAIRS_MIN = 0.8;
/** It stops when the limit has been out of sight for so many stretches: garbage hides a climb now and then. */
const CALM_STRETCHES = 6;

export const memoryGrowth: Detector<MemoryGrowthSettings, MemoryGrowthState> = {
  incident: 'memory_exhaustion',
  initial: {
    ageS: 0,
    lengthS: 0,
    lowBytes: Number.POSITIVE_INFINITY,
    lowsBytes: [],
    climb: 0,
    calmStretches: 0,
    firing: false,
  },
  step(before, { elapsedS, residentBytes, memoryBytesMax }, settings) {
    const under: MemoryGrowthState = {
      ageS: before.ageS + elapsedS,
      lengthS: before.lengthS + elapsedS,
      lowBytes: Math.min(before.lowBytes, residentBytes),
      lowsBytes: before.lowsBytes,
      climb: before.climb,
      calmStretches: before.calmStretches,
      firing: before.firing,
    };
    const state = under.lengthS >= settings.stretchS ? closeStretch(under, memoryBytesMax, settings) : under;
    const { climb, firing } = state;
    const leftS = climb > 0 ? Math.max(0, memoryBytesMax - residentBytes) / climb : Number.POSITIVE_INFINITY;
    const sentence = (): string => {
      if (climb === 0) return 'Memory does not climb steadily';
      const rate = `Memory climbs by ${rounded((climb * 60) / 2 ** 20)} MiB a minute`;
      return `${rate} and reaches its limit in ${Math.round(leftS / 60)} minutes; less than ${Math.round(settings.horizonS / 60)} are too few`;
    };
    return {
      state,
      finding: {
        severity: firing ? severityOf(leftS, settings.horizonS) : null,
        level: levelOf(settings.horizonS / leftS, firing),
        tell: () => ({
          numbers: { climbBytesPerS: climb, leftS: Number.isFinite(leftS) ? leftS : -1, horizonS: settings.horizonS },
          why: sentence(),
        }),
      },
    };
  },
};

function closeStretch(state: MemoryGrowthState, bytesMax: number, settings: MemoryGrowthSettings): MemoryGrowthState {
  // A stop of the process is no stretch: the lows before it are of another time.
  const stopped = state.lengthS >= 2 * settings.stretchS;
  const warm = state.ageS >= settings.warmUpS + settings.stretchS;
  const lowsBytes = stopped || !warm ? [] : [...state.lowsBytes.slice(1 - settings.stretches), state.lowBytes];
  const full = lowsBytes.length === settings.stretches;
  const climb = full ? steadyClimb(lowsBytes, bytesMax, settings) / settings.stretchS : 0;
  const near = climb > 0 && bytesMax - state.lowBytes < climb * settings.horizonS;
  const calmStretches = near ? 0 : state.calmStretches + 1;
  const firing = near || (state.firing && calmStretches < CALM_STRETCHES);
  return { ...state, lengthS: 0, lowBytes: Number.POSITIVE_INFINITY, lowsBytes, climb, calmStretches, firing };
}

/** Bytes a stretch; 0 where it is not a steady climb worth the name. */
function steadyClimb(lows: readonly number[], bytesMax: number, { growthPercentMin }: MemoryGrowthSettings): number {
  // Most of the time nothing climbs, and no line is needed to see that.
  if (lows[lows.length - 1]! <= lows[0]!) return 0;
  const { slope, rising } = lineThrough(lows);
  const grown = slope * (lows.length - 1);
  if (rising < RISING_PAIRS_MIN || grown < (growthPercentMin / 100) * bytesMax) return 0;
  const later = lineThrough(lows.slice(Math.floor(lows.length / 2)));
  return later.slope < slope / 2 ? 0 : slope;
}

function lineThrough(values: readonly number[]): { slope: number; rising: number } {
  const slopes = new Float64Array((values.length * (values.length - 1)) / 2);
  let pairs = 0;
  let up = 0;
  for (let to = 1; to < values.length; to++) {
    for (let from = 0; from < to; from++) {
      const slope = (values[to]! - values[from]!) / (to - from);
      if (slope > 0) up += 1;
      slopes[pairs++] = slope;
    }
  }
  slopes.sort();
  return { slope: slopes[pairs >> 1]!, rising: up / pairs };
}

function severityOf(leftS: number, horizonS: number): Severity {
  if (leftS < horizonS / 6) return 'critical';
  return leftS < horizonS / 2 ? 'high' : 'medium';
}
