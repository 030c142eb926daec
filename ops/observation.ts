/** What one step of the judge sees: everything since the step before, as plain numbers. */

export interface Talker {
  /** Address, as text. */
  readonly client: string;
  /** Requests in the minute before, at most this many too high by the sketch's error. */
  readonly requests: number;
  readonly errorMax: number;
}

export interface Observation {
  /** Seconds since the judge began, on a clock that never goes back. */
  readonly nowS: number;
  /** Seconds since the step before: 1, or more where the process was stopped. */
  readonly elapsedS: number;
  /** Requests to the search endpoints: all of them, whatever their end. */
  readonly requests: number;
  /** Events of the availability objective (answered, shed, deadline, failed), and the bad ones among them. */
  readonly valid: number;
  readonly failed: number;
  /** Answered, and how many of them later than the latency objective allows. */
  readonly answered: number;
  readonly slow: number;
  readonly limited: number;
  readonly shed: number;
  readonly invalid: number;
  readonly aborted: number;
  readonly cacheLookups: number;
  readonly cacheHits: number;
  readonly cacheErrors: number;
  /** Asked of a model, and how often the model itself failed (`rerank_failed`, `dense_failed`). */
  readonly modelAsked: number;
  readonly modelFailed: number;
  /** A configured model that takes no part. */
  readonly modelsUnavailable: number;
  /** Answered with no results at all. */
  readonly empty: number;
  /** 95th percentile of the wait for a worker in this step, milliseconds; 0 where nothing waited. */
  readonly queueMsP95: number;
  /** Of the ladder from whole answers (0) to none (6), where the process stands. */
  readonly rungNo: number;
  readonly residentBytes: number;
  /** Of the control group, the machine, or as configured: the smallest. */
  readonly memoryBytesMax: number;
  /** Longest delay of the event loop in this step, milliseconds. */
  readonly loopDelayMsMax: number;
  /** Share of the step in which the event loop was busy, 0 to 1. */
  readonly loopUtilisation: number;
  /** Share of the step spent collecting garbage on the main thread, 0 to 1. */
  readonly gcShare: number;
  /** CPU time of the process over the step, divided by the cores it may use, 0 to 1. */
  readonly cpuShare: number;
  /** Busiest clients first. */
  readonly talkers: readonly Talker[];
}
