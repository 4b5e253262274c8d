/** A stretch of text as UTF-16 offsets from 0; `end` is the offset after the last unit. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
