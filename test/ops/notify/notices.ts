/** Notices as bad as they come: every text is what somebody else chose. */
import fc from 'fast-check';
import { INCIDENT_TYPES, SEVERITIES } from '../../../ops/incident-type.ts';
import { NOTICE_STATES, type Notice } from '../../../ops/notify/notice.ts';

export const NASTY: readonly string[] = [
  '',
  ' ',
  '\r\nBcc: everybody@victim.example\r\n\r\nowned',
  '<!channel> <!here> <@U123> <https://evil.example|click>',
  '</script><script>alert(1)</script>',
  '&amp;&lt;"quoted"\'&',
  '👩‍👩‍👧‍👦'.repeat(400),
  '\u202e\u2066abc\u2069 אבגד العربية',
  '\u0000\u0007\u001b[31m\u007f\u0085\u2028\u2029',
  '\ud800 alone \udc00',
  'x\ud83d',
  '.\r\n.\r\nQUIT',
  'a|b>c<d&e',
  '{"json": [1]}\\"',
  '%0d%0aX-Header: 1',
  '=?utf-8?q?=0d=0aX:_1?=',
  '&'.repeat(5000),
  '<'.repeat(200_000),
  'ab🔥'.repeat(350_000),
];

export const nastyText = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: 'binary', maxLength: 300 }),
  // Around each limit, with pairs that a cut could tear.
  fc
    .tuple(
      fc.constantFrom(128, 150, 255, 512, 1024, 2000, 3000, 8000),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom('x', '🔥', '&', 'é'),
    )
    .map(([length, away, unit]) => unit.repeat(Math.ceil(length / unit.length) + away)),
);

export const anyNotice: fc.Arbitrary<Notice> = fc.record({
  incidentId: fc.oneof(fc.stringMatching(/^[0-9A-Z]{26}$/), nastyText),
  type: fc.constantFrom(...INCIDENT_TYPES, 'digest' as const, 'test' as const, 'change' as const),
  severity: fc.constantFrom(...SEVERITIES),
  state: fc.constantFrom(...NOTICE_STATES),
  title: nastyText,
  summary: nastyText,
  startedMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.constantFrom(-1, 0, Number.NaN, 8.64e15, 1e300)),
  endedMs: fc.option(fc.integer({ min: 0, max: 4e12 })),
  numbers: fc.dictionary(nastyText, fc.double(), { maxKeys: 60 }),
  links: fc.record({
    dashboard: fc.oneof(fc.webUrl(), fc.constant('javascript:alert(1)'), nastyText),
    runbook: fc.oneof(fc.webUrl({ withFragments: true, withQueryParameters: true }), nastyText),
  }),
  components: fc.array(nastyText, { maxLength: 40 }),
  level: fc.integer({ min: 1, max: 4 }),
  fingerprint: nastyText,
});

/** An ordinary one. */
export const noticeWith = (part: Partial<Notice> = {}): Notice => ({
  incidentId: '01JDSAMPLE0000000000000000',
  type: 'high_latency',
  severity: 'critical',
  state: 'opened',
  title: 'Search is slow: p95 5200 ms',
  summary: 'The 95th percentile has been above 5000 ms for 20 s.\nRequests: 1200',
  startedMs: Date.UTC(2026, 10, 28, 3),
  endedMs: null,
  numbers: { p95Ms: 5200, requests: 1200 },
  links: { dashboard: 'http://localhost:8080/dashboard', runbook: 'https://docs.example/runbook?a=1&b=2' },
  components: ['search', 'reranker'],
  level: 1,
  fingerprint: 'high_latency:search',
  ...part,
});
