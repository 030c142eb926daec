/**
 * How do our objectives look in OpenSLO v1, and what of OpenSLO do we understand?
 *
 * An indicator is a ratio of `good` (or `bad`) to `total`, each with a metric source of our own type:
 *
 * ```yaml
 * metricSource:
 *   type: wp-chat
 *   spec:
 *     indicator: latency         # or availability, which has no threshold
 *     thresholdMs: 800
 *     endpoints: [/search, "/search/batch#query"]
 * ```
 *
 * A pair of windows is one AlertPolicy with one condition: its severity names the pair, `lookbackWindow` is the longer
 * window, the shorter one is an annotation, since a condition has room for one. All pairs watch all objectives, so an SLO
 * names every policy of the file, or the file has none.
 */
export const API_VERSION = 'openslo/v1';
export const SOURCE_TYPE = 'wp-chat';
export const SERVICE = 'wp-chat';
export const SHORT_WINDOW = 'wp-chat/short-window';

/** `Service` and `AlertNotificationTarget` may stand in the file and say nothing to us. */
export const KINDS = ['SLO', 'SLI', 'AlertPolicy', 'AlertCondition', 'Service', 'AlertNotificationTarget'] as const;
export type Kind = (typeof KINDS)[number];

/** More would be a mistake: each takes a ledger of some 220 KiB. */
export const OBJECTIVES_MAX = 20;
export const ENDPOINTS_MAX = 20;

export const isName = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text);
