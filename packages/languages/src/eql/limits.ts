/** Brackets, function calls and operators may stand in each other this deep. */
export const eqlDepthMax = 100;

/** Queries may be this long, in UTF-16 units; the longest public rule has 47,000. */
export const eqlLengthMax = 1_000_000;

/** The largest number that `with runs=` may ask for. */
export const eqlRunsMax = 100;
