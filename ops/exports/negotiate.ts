/** Which of the two texts of /metrics does a scraper want? (RFC 9110, section 12.5.1.) */
import type { MetricsFormat } from './exposition.ts';

export const METRICS_CONTENT_TYPES: Readonly<Record<MetricsFormat, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
};

const OFFERS: Readonly<Record<MetricsFormat, { readonly type: string; readonly version: string }>> = {
  openmetrics: { type: 'application/openmetrics-text', version: '1.0.0' },
  text: { type: 'text/plain', version: '0.0.4' },
};

/** How well a range names an offer: not at all, any type, any subtype, by name. */
const FITS = { not: 0, any: 1, subtype: 2, named: 3 } as const;

interface Range {
  readonly type: string;
  readonly version: string | null;
  readonly quality: number;
}

/**
 * OpenMetrics where it is asked for by name and no less than the text; the text otherwise, also where neither is acceptable:
 * a scraper that cannot read it says so itself.
 *
 * @param accept the Accept header; null where there is none
 */
export function negotiate(accept: string | null): MetricsFormat {
  const ranges = (accept ?? '').split(',').map(rangeOf);
  const wanted = wish(ranges, 'openmetrics');
  const otherwise = wish(ranges, 'text');
  if (wanted.quality > otherwise.quality) return 'openmetrics';
  const even = wanted.quality > 0 && wanted.quality === otherwise.quality;
  return even && wanted.fit === FITS.named ? 'openmetrics' : 'text';
}

function rangeOf(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const parameter = (name: string): string | null =>
    parameters
      .find((one) => one.startsWith(`${name}=`))
      ?.slice(name.length + 1)
      .replaceAll('"', '') ?? null;
  const quality = parameter('q');
  return {
    type,
    version: parameter('version'),
    // What is not a number from 0 to 1 counts as said without it.
    quality: quality !== null && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality) : 1,
  };
}

/** The most precise range decides, and of several the highest. */
function wish(ranges: readonly Range[], format: MetricsFormat): { readonly fit: number; readonly quality: number } {
  let best = { fit: FITS.not as number, quality: 0 };
  for (const range of ranges) {
    const fit = fitOf(range, format);
    if (fit === FITS.not || fit < best.fit) continue;
    best = { fit, quality: fit > best.fit ? range.quality : Math.max(best.quality, range.quality) };
  }
  return best;
}

function fitOf({ type, version }: Range, format: MetricsFormat): number {
  const offer = OFFERS[format];
  if (type === offer.type) return version === null || version === offer.version ? FITS.named : FITS.not;
  if (type === '*/*') return FITS.any;
  return type.endsWith('/*') && offer.type.startsWith(type.slice(0, -1)) ? FITS.subtype : FITS.not;
}
