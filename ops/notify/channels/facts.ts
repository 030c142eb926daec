/** What every receiver is told of a notice, in the words and bounds that several of them share. */
import type { Notice } from '../notice.ts';
import { line } from '../text.ts';

/** More numbers than this are nobody's reading. */
const NUMBERS_MAX = 40;
const NAME_UNITS_MAX = 100;
const COMPONENTS_MAX = 20;

/** Who sends it: a name that receivers show. */
export const SOURCE = 'wp-chat';

/** Names and values, those that are no numbers left out; no name comes twice. */
export function numbersOf({ numbers }: Notice): [name: string, value: number][] {
  const shown = new Map<string, number>();
  for (const [name, value] of Object.entries(numbers)) {
    if (shown.size === NUMBERS_MAX) break;
    if (Number.isFinite(value)) shown.set(line(name, NAME_UNITS_MAX), value);
  }
  return [...shown];
}

/** Separated by commas. */
export const componentsOf = ({ components }: Notice, unitsMax: number): string =>
  line(
    components
      .slice(0, COMPONENTS_MAX)
      .map((one) => line(one, NAME_UNITS_MAX))
      .join(', '),
    unitsMax,
  );

/** Null where it is not one that may stand in a link. */
export function linkOf(address: string): string | null {
  if (address.length > LINK_UNITS_MAX || !URL.canParse(address)) return null;
  const { protocol, href } = new URL(address);
  return (protocol === 'https:' || protocol === 'http:') && href.length <= LINK_UNITS_MAX ? href : null;
}
const LINK_UNITS_MAX = 2000;

/** Years 0 to 9999 are all that receivers read; what is beyond becomes the nearest of them. */
export const instantOf = (ms: number): string =>
  new Date(Math.min(Math.max(Number.isFinite(ms) ? ms : 0, INSTANT_MS_MIN), INSTANT_MS_MAX)).toISOString();
const INSTANT_MS_MIN = Date.UTC(1970, 0);
const INSTANT_MS_MAX = Date.UTC(9999, 0);
