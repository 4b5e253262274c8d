/** What came of one check: how many cases passed, and for each that did not, what happened. */
export interface CheckResult {
  readonly passed: number;
  readonly failed: readonly string[];
  /** Cases that could not be run here. */
  readonly skipped?: number;
  /** More to know about the run, such as counts; printed below the result. */
  readonly notes?: readonly string[];
}
