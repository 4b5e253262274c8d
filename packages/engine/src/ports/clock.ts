/** Where the engine gets the present moment from: the wall clock for live events, the events themselves for recorded ones. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
}
